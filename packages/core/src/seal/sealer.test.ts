import { describe, expect, it } from "vitest";
import { equalText, randomToken } from "./random.ts";
import { createSealer } from "./sealer.ts";
import { createTokenMaker } from "./token-maker.ts";

const OLD = Buffer.from("the key of last year, 32 bytes or more");
const NEW = Buffer.from("the key of this year, 32 bytes or more");
const TEXT = '{"accessToken":"ya29.canary","name":"Ada 😀"}';

describe("a sealer", () => {
  const sealer = createSealer([NEW, OLD], "session grant");

  it("opens what it sealed, under the same context", () => {
    expect(sealer.open(sealer.seal(TEXT, "ada"), "ada")).toEqual({ plaintext: TEXT });
    expect(sealer.open(sealer.seal("", ""), "")).toEqual({ plaintext: "" });
  });

  it("shows nothing of the text, in printable ASCII that fits into a cookie", () => {
    const sealed = sealer.seal(TEXT, "ada");
    expect(sealed).toMatch(/^v1\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/);
    const bytes = sealed.split(".").map((part) => Buffer.from(part, "base64url").toString("latin1"));
    expect([sealed, ...bytes].join("\n")).not.toMatch(/canary|Ada|accessToken/);
  });

  it("seals the same text differently each time", () => {
    expect(sealer.seal(TEXT, "ada")).not.toBe(sealer.seal(TEXT, "ada"));
  });

  it("does not open under another context", () => {
    expect(sealer.open(sealer.seal(TEXT, "ada"), "grace")).toEqual({ failure: "corrupt" });
  });

  it("S38 does not open an artefact of another kind", () => {
    const attempt = createSealer([NEW], "attempt").seal(TEXT, "ada");
    expect(sealer.open(attempt, "ada")).toEqual({ failure: "unknown_key" });
  });

  it("seals with the newest key, and opens what an older one sealed", () => {
    const before = createSealer([OLD], "session grant");
    expect(sealer.open(before.seal(TEXT, "ada"), "ada")).toEqual({ plaintext: TEXT });
    expect(before.open(sealer.seal(TEXT, "ada"), "ada")).toEqual({ failure: "unknown_key" });
  });

  it("tells a key that it does not have from an altered text", () => {
    const foreign = createSealer([Buffer.from("somebody else's key of 32 bytes!!")], "session grant");
    expect(foreign.open(sealer.seal(TEXT, "ada"), "ada")).toEqual({ failure: "unknown_key" });
  });

  it("opens nothing of which a single bit was changed", () => {
    const sealed = sealer.seal("short", "ada");
    const start = sealed.lastIndexOf(".") + 1;
    const bytes = Buffer.from(sealed.slice(start), "base64url");
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const altered = Buffer.from(bytes);
      altered[bit >> 3]! ^= 1 << (bit & 7);
      const text = sealed.slice(0, start) + altered.toString("base64url");
      expect(sealer.open(text, "ada"), `bit ${bit}`).toEqual({ failure: "corrupt" });
    }
  });

  it.each(["", ".", "..", "v1", "v1..", "v2.a.b", "v1.a.b.c", "garbage", "v1.__proto__.AAAA"])(
    "refuses %j without throwing",
    (text) => {
      expect(sealer.open(text, "ada")).toHaveProperty("failure");
    },
  );

  it("refuses what was cut short", () => {
    const sealed = sealer.seal(TEXT, "ada");
    const start = sealed.lastIndexOf(".") + 1;
    for (let length = start; length < sealed.length - 1; length++) {
      expect(sealer.open(sealed.slice(0, length), "ada"), `${length}`).toEqual({ failure: "corrupt" });
    }
  });

  it("is not made without a key", () => {
    expect(() => createSealer([], "session grant")).toThrow(TypeError);
  });
});

describe("a token maker", () => {
  const maker = createTokenMaker([NEW, OLD], "form");

  it("verifies what it made, for the same subject only", () => {
    const token = maker.make("revoke 1");
    expect(maker.verify(token, "revoke 1")).toBe(true);
    expect(maker.verify(token, "revoke 2")).toBe(false);
    expect(maker.verify(`${token}A`, "revoke 1")).toBe(false);
    expect(maker.verify("", "revoke 1")).toBe(false);
  });

  it("verifies what an older key made, and nothing of another purpose or key", () => {
    expect(maker.verify(createTokenMaker([OLD], "form").make("a"), "a")).toBe(true);
    expect(maker.verify(createTokenMaker([NEW], "other").make("a"), "a")).toBe(false);
    expect(createTokenMaker([OLD], "form").verify(maker.make("a"), "a")).toBe(false);
  });
});

describe("randomToken", () => {
  it("gives 43 characters of base64url that fit a code verifier", () => {
    const tokens = Array.from({ length: 1_000 }, () => randomToken());
    expect(new Set(tokens).size).toBe(1_000);
    expect(tokens.filter((token) => !/^[A-Za-z0-9_-]{43}$/.test(token))).toEqual([]);
  });
});

describe("equalText", () => {
  it.each([
    ["a", "a", true],
    ["", "", true],
    ["a", "b", false],
    ["a", "aa", false],
    ["é", "e", false],
  ])("%j and %j: %s", (a, b, expected) => {
    expect(equalText(a, b)).toBe(expected);
  });
});
