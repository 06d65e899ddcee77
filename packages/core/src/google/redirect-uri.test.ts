import { describe, expect, test } from "vitest";
import { resolveRedirectUris } from "./redirect-uri.ts";

const google = { google: true };

describe("resolveRedirectUris", () => {
  const A = "https://a.example.com/cb";
  const B = "https://b.example.com/cb";
  const fileWith = (...redirectUris: string[]) => ({ redirectUris });

  test("takes the option, else GOOGLE_REDIRECT_URI, else the only one of the client file", () => {
    const env = { GOOGLE_REDIRECT_URI: "https://env.example.com/cb" };
    expect(resolveRedirectUris(A, fileWith(B), env, google)).toEqual([A]);
    expect(resolveRedirectUris([A, B], fileWith(), env, google)).toEqual([A, B]);
    expect(resolveRedirectUris(undefined, fileWith(B), env, google)).toEqual(["https://env.example.com/cb"]);
    expect(resolveRedirectUris(undefined, fileWith(B), {}, google)).toEqual([B]);
    expect(resolveRedirectUris(undefined, fileWith(B), { GOOGLE_REDIRECT_URI: "" }, google)).toEqual([B]);
  });

  test("returns a frozen copy with each URI exactly as written", () => {
    const list = ["https://A.Example.com:443/cb", "https://b.example.com/cb"];
    const resolved = resolveRedirectUris(list, fileWith(), {}, google);
    list.push("https://evil.example.com/");
    expect(resolved).toEqual(["https://A.Example.com:443/cb", "https://b.example.com/cb"]);
    expect(Object.isFrozen(resolved)).toBe(true);
  });

  test.each([
    ["http://localhost:3000", {}, 'redirectUri "http://localhost:3000"'],
    ["http://localhost:3000/", {}, 'redirectUri "http://localhost:3000/"'],
    ["http://localhost:3000/.?tenant=1", {}, 'redirectUri "http://localhost:3000/.?…"'],
    [[A, "http://localhost:3000"], {}, 'redirectUri[1] "http://localhost:3000"'],
    [undefined, { GOOGLE_REDIRECT_URI: "http://localhost:3000" }, "redirectUri (from GOOGLE_REDIRECT_URI) "],
    [undefined, {}, "redirectUri (from the client file's redirect_uris) "],
  ])("rejects a URI without a path and says what to register: %j, %j", (option, env, name) => {
    const attempt = () => resolveRedirectUris(option, fileWith("http://localhost:3000"), env, google);
    expect(attempt).toThrow(TypeError);
    expect(attempt).toThrow(name);
    expect(attempt).toThrow(
      'Register a redirect URI with a path for the OAuth client at Google, such as "http://localhost:3000/oauth2callback"',
    );
  });

  test("accepts a URI without a path if a proxy maps it to another path", () => {
    const rules = { ...google, hasOwnCallbackPath: true };
    expect(resolveRedirectUris("https://login.example.com", fileWith(), {}, rules)).toEqual([
      "https://login.example.com",
    ]);
  });

  test("names the three ways to set a redirect URI if there is none", () => {
    const attempt = () => resolveRedirectUris(undefined, fileWith(), {}, google);
    expect(attempt).toThrow(TypeError);
    expect(attempt).toThrow(/^redirectUri is not configured.*option redirectUri.*GOOGLE_REDIRECT_URI.*client file/);
  });

  test("lists the redirect URIs of a client file that has several", () => {
    const attempt = () => resolveRedirectUris(undefined, fileWith(A, B), {}, google);
    expect(attempt).toThrow(`("${A}", "${B}"). Choose one with the option redirectUri`);
  });

  test.each([
    [[], {}, /^redirectUri is an empty list/],
    ["", {}, /^redirectUri "" is empty/],
    [null, {}, /^redirectUri is not a string/],
    [[A, "http://b.example.com/cb"], {}, /^redirectUri\[1\] "http:\/\/b\.example\.com\/cb" uses plain http/],
    [[A, 7], {}, /^redirectUri\[1\] is not a string/],
    [undefined, { GOOGLE_REDIRECT_URI: `${A}\n` }, /^redirectUri \(from GOOGLE_REDIRECT_URI\) .*whitespace/],
    [[A, A], {}, /^redirectUri has more than one URI on the host a\.example\.com/],
    [[A, `${A}?a=b`], {}, /^redirectUri has more than one URI on the host/],
    [["http://localhost:3000/cb", "https://localhost:3000/cb"], {}, /more than one URI on the host localhost:3000/],
    [[A, "https://A.example.com:443/cb"], {}, /more than one URI on the host/],
    [[A, "https://b.example.com/CB"], {}, /^redirectUri has several paths \(\/cb, \/CB\)/],
    [[A, "https://b.example.com/cb/"], {}, /^redirectUri has several paths/],
  ])("rejects the option %j with the environment %j", (option, env, message) => {
    const attempt = () => resolveRedirectUris(option as never, fileWith(), env, google);
    expect(attempt).toThrow(TypeError);
    expect(attempt).toThrow(message);
  });

  test("says that a URI that breaks a rule comes from the client file", () => {
    expect(() => resolveRedirectUris(undefined, fileWith("http://a.example.com/cb"), {}, google)).toThrow(
      /^redirectUri \(from the client file's redirect_uris\) "http/,
    );
  });

  test("accepts several hosts and ports with one path", () => {
    const list = ["http://localhost:3000/cb", "http://127.0.0.1:3000/cb", A, B];
    expect(resolveRedirectUris(list, fileWith(), {}, google)).toEqual(list);
  });

  test.each([
    [[A, "http://localhost:3000/cb"], true],
    [["http://127.0.0.1:3000/cb", B, A], true],
    [[A, "https://localhost:3000/cb"], true],
    [[A, "https://dev.localhost/cb"], true],
    [[A, B], false],
    [["http://localhost:3000/cb", "https://127.0.0.1:3000/cb"], false],
    ["http://localhost:3000/cb", false],
  ])("in production, whether %j mixes addresses of different strength: %s", (option, isMixed) => {
    const resolve = (mode: string) => resolveRedirectUris(option, fileWith(), { NODE_ENV: mode }, { google: false });
    expect(() => resolve("development")).not.toThrow();
    if (isMixed) expect(() => resolve("production")).toThrow(/^redirectUri mixes https:\/\/\S+ with \S+, and NODE_ENV/);
    else expect(() => resolve("production")).not.toThrow();
  });
});
