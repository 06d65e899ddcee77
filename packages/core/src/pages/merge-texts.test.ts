import { describe, expect, test } from "vitest";
import { ERROR_TABLE } from "../errors/error-table.ts";
import { fillText } from "./fill-text.ts";
import { mergeTexts, type PartialPageTexts } from "./merge-texts.ts";
import { ENGLISH } from "./texts.ts";

describe("mergeTexts", () => {
  test("replaces some of the English texts and does not change the originals", () => {
    const before = structuredClone(ENGLISH);
    const texts = mergeTexts({
      language: "de",
      denied: { title: "Sie haben abgelehnt" },
      errors: { attempt_expired: { text: "Das hat zu lange gedauert." } },
      scopes: { "https://example.com/x": "Etwas sehen" },
    });
    expect(texts.language).toBe("de");
    expect(texts.denied).toEqual({ ...ENGLISH.denied, title: "Sie haben abgelehnt" });
    expect(texts.errors.attempt_expired).toEqual({
      title: ERROR_TABLE.attempt_expired.user.title,
      text: "Das hat zu lange gedauert.",
    });
    expect(texts.scopes["https://example.com/x"]).toBe("Etwas sehen");
    expect(texts.scopes["openid"]).toBe(ENGLISH.scopes["openid"]);
    expect(ENGLISH).toEqual(before);
  });

  test("keeps the English text where a text is undefined", () => {
    expect(mergeTexts({ home: undefined } as unknown as PartialPageTexts).home).toBe(ENGLISH.home);
  });

  test("writes the language tag in its canonical form", () => {
    expect(mergeTexts({ language: "pt-br" }).language).toBe("pt-BR");
  });

  test.each<[unknown, string]>([
    [{ signout: {} }, "pages.texts.signout is not a text of the pages"],
    [{ signOut: { titel: "x" } }, "pages.texts.signOut.titel is not a text of the pages"],
    [{ errors: { acces_denied: {} } }, "pages.texts.errors.acces_denied is not a text of the pages"],
    [{ errors: { access_denied: "no" } }, "pages.texts.errors.access_denied must be an object"],
    [{ home: 1 }, "pages.texts.home must be a string"],
    [{ home: " " }, "pages.texts.home must be a string that is not empty"],
    [{ revoke: { paragraphs: "one" } }, "pages.texts.revoke.paragraphs must be an array"],
    [{ revoke: { paragraphs: ["one", 2] } }, "pages.texts.revoke.paragraphs.1 must be a string"],
    [{ scopes: { "https://example.com/x": {} } }, "pages.texts.scopes.https://example.com/x must be a string"],
    [
      { signedInAs: "Als {user}" },
      "pages.texts.signedInAs has the unknown placeholder {user}. This text can use {app}, {account}.",
    ],
    [{ home: "Zu {expected}" }, "pages.texts.home has the unknown placeholder {expected}. This text can use {app}."],
    [{ language: "english please" }, "pages.texts.language must be a BCP 47 language tag"],
    [null, "pages.texts must be an object"],
    [["x"], "pages.texts must be an object"],
  ])("rejects %j with a TypeError that names the text", (override, message) => {
    const attempt = () => mergeTexts(override as PartialPageTexts);
    expect(attempt).toThrow(TypeError);
    expect(attempt).toThrow(message);
  });

  test("does not change any prototype", () => {
    const hostile = JSON.parse(
      '{"__proto__": {"polluted": "yes"}, "scopes": {"__proto__": "yes"}}',
    ) as PartialPageTexts;
    expect(() => mergeTexts(hostile)).toThrow(TypeError);
    expect(mergeTexts(JSON.parse('{"scopes": {"__proto__": "yes"}}') as PartialPageTexts).scopes["openid"]).toBeTypeOf(
      "string",
    );
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

test("the English texts pass their own check", () => {
  expect(mergeTexts(ENGLISH)).toEqual(ENGLISH);
});

describe("fillText", () => {
  test("does not replace a placeholder inside a value", () => {
    expect(fillText("{app}: {account}", { app: "{account}", account: "$& {app}" }, "en")).toBe("{account}: $& {app}");
  });

  test("isolates values in right-to-left text only", () => {
    expect(fillText("{app}!", { app: "Notes" }, "he")).toBe("\u2068Notes\u2069!");
    expect(fillText("{app}!", { app: "Notes" }, "en")).toBe("Notes!");
  });

  test("leaves a placeholder without a value as it is", () => {
    expect(fillText("{toString} {x}", {}, "en")).toBe("{toString} {x}");
  });
});
