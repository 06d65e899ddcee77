import { readFileSync } from "node:fs";
import { parse } from "tldts";
import { expect, test } from "vitest";
import { renderPublicSuffixes, TARGET } from "../../../../scripts/generate-public-suffixes.ts";
import { isPublicSuffix } from "./public-suffixes.ts";

test("the list is what the generator writes from the installed tldts", () => {
  expect(readFileSync(TARGET, "utf8"), "run: node scripts/generate-public-suffixes.ts").toBe(renderPublicSuffixes());
});

test.each(["com", "org", "dev", "ck", "za", "uk", "xn--p1ai", "xn--vermgensberatung-pwb"])(
  "isPublicSuffix accepts %s, as tldts does",
  (tld) => {
    expect(isPublicSuffix(tld)).toBe(true);
    // Some top-level domains have rules for their second level only, such as `co`.
    expect(parse(`www.example.co.${tld}`, { allowPrivateDomains: false }).isIcann).toBe(true);
  },
);

test.each(["localhost", "local", "internal", "test", "example", "invalid", "lan", "corp"])(
  "isPublicSuffix rejects %s, as tldts does",
  (tld) => {
    expect(isPublicSuffix(tld)).toBe(false);
    expect(parse(`www.example.co.${tld}`, { allowPrivateDomains: false }).isIcann).not.toBe(true);
  },
);

test.each(["", " ", "com ", "COM", "co.uk", "github.io", "рф", "toString", "__proto__"])(
  "isPublicSuffix rejects %j, which is not a top-level label of a URL hostname",
  (tld) => {
    expect(isPublicSuffix(tld)).toBe(false);
  },
);
