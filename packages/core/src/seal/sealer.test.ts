import { describe, expect, it } from "vitest";
import { equalText, randomToken } from "./random.ts";
import { createSealer } from "./sealer.ts";
import { createTokenMaker } from "./token-maker.ts";

const OLD = Buffer.from("the key of last year, 32 bytes or more");
const NEW = Buffer.from("the key of this year, 32 bytes or more");
const TEXT = '{"accessToken":"ya29.canary","name":"Ada 😀"}';

describe("a sealer", () => {
  const sealer = createSealer([NEW, OLD], "session grant");

  it("decrypts its own text under the same context", () => {
    expect(sealer.open(sealer.seal(TEXT, "ada"), "ada")).toEqual({ plaintext: TEXT });
    expect(sealer.open(sealer.seal("", ""), "")).toEqual({ plaintext: "" });
  });

  it("hides the text, and gives printable ASCII that fits into a cookie", () => {
    const sealed = sealer.seal(TEXT, "ada");
    expect(sealed).toMatch(/^v1\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/);
    const bytes = sealed.split(".").map((part) => Buffer.from(part, "base64url").toString("latin1"));
    expect([sealed, ...bytes].join("\n")).not.toMatch(/canary|Ada|accessToken/);
  });

  it("encrypts the same text differently each time", () => {
    expect(sealer.seal(TEXT, "ada")).not.toBe(sealer.seal(TEXT, "ada"));
  });

  it("does not decrypt under another context", () => {
    expect(sealer.open(sealer.seal(TEXT, "ada"), "grace")).toEqual({ failure: "corrupt" });
  });

  it("S38 does not decrypt a text of another purpose", () => {
    const attempt = createSealer([NEW], "attempt").seal(TEXT, "ada");
    expect(sealer.open(attempt, "ada")).toEqual({ failure: "unknown_key" });
  });

  it("encrypts with the newest key, and decrypts with older keys too", () => {
    const before = createSealer([OLD], "session grant");
    expect(sealer.open(before.seal(TEXT, "ada"), "ada")).toEqual({ plaintext: TEXT });
    expect(before.open(sealer.seal(TEXT, "ada"), "ada")).toEqual({ failure: "unknown_key" });
  });

  it("reports an unknown key, and not an altered text, where it lacks the key", () => {
    const foreign = createSealer([Buffer.from("the key of another app, of 32 bytes")], "session grant");
    expect(foreign.open(sealer.seal(TEXT, "ada"), "ada")).toEqual({ failure: "unknown_key" });
  });

  it("rejects a text in which a single bit has changed", () => {
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
    "rejects %j without throwing",
    (text) => {
      expect(sealer.open(text, "ada")).toHaveProperty("failure");
    },
  );

  it("rejects a text that was cut short", () => {
    const sealed = sealer.seal(TEXT, "ada");
    const start = sealed.lastIndexOf(".") + 1;
    for (let length = start; length < sealed.length - 1; length++) {
      expect(sealer.open(sealed.slice(0, length), "ada"), `${length}`).toEqual({ failure: "corrupt" });
    }
  });

  it("cannot be created without a key", () => {
    expect(() => createSealer([], "session grant")).toThrow(TypeError);
  });
});

describe("a token maker", () => {
  const maker = createTokenMaker([NEW, OLD], "form");

  it("verifies its own token, for the same subject only", () => {
    const token = maker.make("revoke 1");
    expect(maker.verify(token, "revoke 1")).toBe(true);
    expect(maker.verify(token, "revoke 2")).toBe(false);
    expect(maker.verify(`${token}A`, "revoke 1")).toBe(false);
    expect(maker.verify("", "revoke 1")).toBe(false);
  });

  it("verifies tokens of an older key, and rejects tokens of another purpose or key", () => {
    expect(maker.verify(createTokenMaker([OLD], "form").make("a"), "a")).toBe(true);
    expect(maker.verify(createTokenMaker([NEW], "other").make("a"), "a")).toBe(false);
    expect(createTokenMaker([OLD], "form").verify(maker.make("a"), "a")).toBe(false);
  });
});

describe("randomToken", () => {
  it("returns 43 base64url characters, the length of a code verifier", () => {
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
