import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeText, recordName, unescapeText } from "./names.ts";

const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((codes) => String.fromCharCode(...codes)),
  fc.constantFrom("\\u0000", "\\", "\\\\u005c", "\ud800", "a\0b"),
);

describe("escapeText and unescapeText", () => {
  it("convert any text to text that all databases accept, and back", () => {
    fc.assert(
      fc.property(text, (original) => {
        const escaped = escapeText(original);
        expect(escaped.isWellFormed()).toBe(true);
        expect(escaped).not.toContain("\0");
        expect(unescapeText(escaped)).toBe(original);
      }),
    );
  });

  it("leave readable text unchanged", () => {
    expect(escapeText("user:42 Ada Lovelace é 😀 {a}")).toBe("user:42 Ada Lovelace é 😀 {a}");
  });
});

describe("recordName", () => {
  it("returns 32 bytes, which differ for different parts", () => {
    fc.assert(
      fc.property(fc.array(text), fc.array(text), (a, b) => {
        expect(recordName(...a)).toHaveLength(32);
        expect(recordName(...a).equals(recordName(...b))).toBe(
          a.length === b.length && a.every((part, at) => part === b[at]),
        );
      }),
    );
  });
});
