import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { safeReturnTo } from "./return-to.ts";

const rules = {
  ownOrigins: ["https://app.example", "https://www.app.example"],
  returnOrigins: ["https://spa.example"],
};

describe("safeReturnTo", () => {
  it.each([
    ["/", "/"],
    ["/drive?folder=7#top", "/drive?folder=7#top"],
    ["/a%20b?q=a%2Bb+c", "/a%20b?q=a%2Bb+c"],
    ["/dateien/übersicht", "/dateien/%C3%BCbersicht"],
    ["/a//b", "/a//b"],
    ["/next?to=https://other.example/", "/next?to=https://other.example/"],
    ["https://app.example/x?y", "/x?y"],
    ["https://app.example", "/"],
    ["https://www.app.example/x", "/x"],
    ["https://spa.example/done?a=1#b", "https://spa.example/done?a=1#b"],
    ["https://spa.example", "https://spa.example/"],
  ])("allows %s", (wanted, expected) => {
    expect(safeReturnTo(wanted, rules)).toBe(expected);
  });

  it.each([
    undefined,
    "",
    "drive",
    "//e",
    "///e",
    "/\\e",
    "\\\\e",
    "\\/e",
    "/%09/e",
    "/\t/e",
    "/%5ce",
    "/%2fe",
    "/%2Fe",
    "/%0d%0aSet-Cookie:x",
    "https:e",
    "https:/e",
    "http://e",
    "javascript:alert(1)",
    "data:text/html,x",
    "/@e",
    "//app.example@e/",
    "https://app.example@e/",
    "https://app.example.e/",
    "https://app.exampleX/",
    "https://app.example:444/",
    "http://app.example/",
    "https://APP.example.evil/",
    "https://e/",
    "/x\r\nLocation: https://e",
    "/x\n",
    " /x",
    "/x y",
    "/%",
    "/%zz",
    "/x?%zz",
    "/.//e",
    "/..//e",
    "/a/..//e",
    "/./\\e",
    "/%c3%28",
    `/${"a".repeat(3000)}`,
    "/\u00a0/e",
    "blob:https://app.example/x",
    "https://spa.example.e/",
    "https://spa.example@e",
  ])("turns %j into /", (wanted) => {
    expect(safeReturnTo(wanted, rules)).toBe("/");
  });

  it("returns only addresses of the allowed origins, for any input", () => {
    const piece = fc.constantFrom(
      "/",
      "\\",
      "//",
      "@",
      ":",
      "https:",
      "http:",
      "e",
      ".",
      "..",
      "%2f",
      "%5c",
      "%09",
      "\t",
      "\n",
      "?",
      "#",
      "app.example",
      "https://app.example",
      "https://spa.example",
      "javascript:",
      "\u0000",
      " ",
      "é",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const result = safeReturnTo(pieces.join(""), rules);
        expect(["https://app.example", "https://spa.example"]).toContain(new URL(result, "https://app.example").origin);
        // oxlint-disable-next-line no-control-regex -- these characters must not be in a header
        expect(result).not.toMatch(/[\u0000-\u0020\u007f\\]/);
      }),
      { numRuns: 5000 },
    );
  });

  it("allows 1,500 characters, and warns a developer once about a longer address", async () => {
    const longest = `/${"a".repeat(1499)}`;
    expect(safeReturnTo(longest, rules)).toBe(longest);
    const warnings = vi.spyOn(process, "emitWarning").mockReturnValue();
    try {
      vi.resetModules();
      const fresh = await import("./return-to.ts");
      vi.stubEnv("NODE_ENV", "production");
      expect(fresh.safeReturnTo(`${longest}a`, rules)).toBe("/");
      expect(warnings).not.toHaveBeenCalled();
      vi.stubEnv("NODE_ENV", "development");
      for (let visit = 0; visit < 2; visit++) expect(fresh.safeReturnTo(`${longest}a`, rules)).toBe("/");
      expect(warnings.mock.calls).toEqual([
        [expect.stringContaining("1501 characters"), { code: "SCOPEGATE_RETURN_ADDRESS" }],
      ]);
    } finally {
      vi.unstubAllEnvs();
      warnings.mockRestore();
    }
  });
});
