import { describe, expect, it } from "vitest";
import { parseCallbackQuery } from "./callback-query.ts";

const ISSUER = "https://accounts.google.com";
const STATE = "s".repeat(43);
const parse = (query: string) => parseCallbackQuery(`/oauth2callback${query}`, ISSUER);

describe("parseCallbackQuery", () => {
  it("accepts a code, with the other parameters that Google sends", () => {
    const extras =
      "&scope=email+https://www.googleapis.com/auth/userinfo.email&authuser=0&prompt=consent&hd=example.com";
    expect(parse(`?state=${STATE}&code=4/0Ab&iss=${encodeURIComponent(ISSUER)}${extras}`)).toEqual({
      state: STATE,
      code: "4/0Ab",
    });
    expect(parse(`?code=4%2F0Ab&state=${STATE}`)).toEqual({ state: STATE, code: "4/0Ab" });
  });

  it("accepts an error, with its description and subtype", () => {
    expect(parse(`?error=access_denied&state=${STATE}`)).toEqual({ state: STATE, error: "access_denied" });
    expect(
      parse(`?error=interaction_required&error_subtype=access_denied&error_description=no&state=${STATE}`),
    ).toEqual({
      state: STATE,
      error: "interaction_required",
      subtype: "access_denied",
      description: "no",
    });
  });

  it.each([
    "",
    "?",
    "?code=x",
    `?state=&code=x`,
    `?state=${STATE}`,
    `?state=${STATE}&code=`,
    `?state=${STATE}&code=x&error=y`,
    `?state=${STATE}&state=${STATE}&code=x`,
    `?state=${STATE}&code=x&code=x`,
    `?state[]=${STATE}&code=x`,
    `?state=${STATE}&code[]=x`,
    `?state=${"s".repeat(100_000)}&code=x`,
    `?state=${STATE}&code=${"c".repeat(100_000)}`,
    `?state=${STATE}&code=${"c".repeat(5000)}`,
    `?state=${STATE}%00&code=x`,
    `?state=${"s".repeat(42)}&code=x`,
    `?state=${"ß".repeat(43)}&code=x`,
    `?error=a&error=b&state=${STATE}`,
    `?error=a&error_description=b&error_description=c&state=${STATE}`,
  ])("refuses %.60s", (query) => {
    expect(() => parse(query)).toThrow(expect.objectContaining({ code: "invalid_callback", status: 400 }));
  });

  it.each([`${ISSUER}/`, "accounts.google.com", "https://evil.example", "", "https://ACCOUNTS.google.com"])(
    "refuses iss %j",
    (iss) => {
      expect(() => parse(`?state=${STATE}&code=x&iss=${encodeURIComponent(iss)}`)).toThrow(
        expect.objectContaining({ code: "issuer_mismatch" }),
      );
    },
  );

  it("rejects a repeated `iss`", () => {
    const iss = encodeURIComponent(ISSUER);
    expect(() => parse(`?state=${STATE}&code=x&iss=${iss}&iss=${iss}`)).toThrow(
      expect.objectContaining({ code: "invalid_callback" }),
    );
  });
});
