import { readFileSync } from "node:fs";
import { parse } from "tldts";
import { expect, test } from "vitest";
import { renderPublicSuffixes, TARGET } from "../../../../scripts/generate-public-suffixes.ts";
import { isPublicSuffix } from "./public-suffixes.ts";

test("the data is what the generator makes of the installed tldts", () => {
  expect(readFileSync(TARGET, "utf8"), "run: node scripts/generate-public-suffixes.ts").toBe(renderPublicSuffixes());
});

test.each(["com", "org", "dev", "ck", "za", "uk", "xn--p1ai", "xn--vermgensberatung-pwb"])(
  "%s is a public top level, as tldts itself says",
  (tld) => {
    expect(isPublicSuffix(tld)).toBe(true);
    // `co` below it, because some top levels have rules only for their second level.
    expect(parse(`www.example.co.${tld}`, { allowPrivateDomains: false }).isIcann).toBe(true);
  },
);

test.each(["localhost", "local", "internal", "test", "example", "invalid", "lan", "corp"])(
  "%s is not, as tldts itself says",
  (tld) => {
    expect(isPublicSuffix(tld)).toBe(false);
    expect(parse(`www.example.co.${tld}`, { allowPrivateDomains: false }).isIcann).not.toBe(true);
  },
);

test.each(["", " ", "com ", "COM", "co.uk", "github.io", "рф", "toString", "__proto__"])(
  "%j is no top-level label in the form that URL hostnames have",
  (tld) => {
    expect(isPublicSuffix(tld)).toBe(false);
  },
);
