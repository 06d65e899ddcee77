import { describe, expect, test } from "vitest";
import { checkRedirectUri, resolveRedirectUris } from "./redirect-uri.ts";

const google = { google: true };
const other = { google: false };

describe("a redirect URI that Google accepts", () => {
  test.each([
    "https://app.example.com/oauth2callback",
    "https://app.example.com",
    "https://app.example.com/",
    "https://APP.Example.com/oauth2callback",
    "https://app.example.com:8443/oauth2callback",
    "https://app.example.co.za/oauth2callback",
    "https://app.example.ck/oauth2callback",
    "https://xn--bcher-kva.example.xn--p1ai/oauth2callback",
    "https://app.github.io/oauth2callback",
    "http://localhost/oauth2callback",
    "http://localhost:3000/oauth2callback",
    "https://localhost:3000/oauth2callback",
    "http://127.0.0.1:3000/oauth2callback",
    "http://127.8.9.10/oauth2callback",
    "http://[::1]:3000/oauth2callback",
    "https://app.example.com/a..b/c.",
    "https://app.example.com/.well-known/cb",
    "https://app.example.com/caf%C3%A9%20%2A",
    "https://app.example.com/cb?tenant=a&next=/settings&time=12:30",
    "https://app.example.com/cb?parent=/..",
    "https://bit.ly/google-callback",
    "https://bit.ly/a/google-callback/b",
    "https://notbit.ly/oauth2callback",
    "https://reddit.co/oauth2callback",
    "https://mygoogleusercontent.com/oauth2callback",
    "https://googleusercontent.com.example.com/oauth2callback",
  ])("%s", (uri) => {
    expect(checkRedirectUri(uri, google).href).toBe(new URL(uri).href);
  });
});

const HTTPS = /must use https/;
const SUFFIX = /public suffix list/;
const SHAPE = /not an absolute URL/;
const WHITESPACE = /contains whitespace/;
const PRINTABLE = /outside printable ASCII/;
const ENCODING = /invalid percent-encoding/;
const NUL = /encoded NUL/;
const WILDCARD = /wildcard/;
const FRAGMENT = /has a fragment/;
const TRAVERSAL = /path traversal/;
const CHARACTER = /no URI may contain/;
const USERINFO = /has userinfo/;
const HOST = /means another than it says/;
const ADDRESS = /IP address for its host/;
const USERCONTENT = /googleusercontent\.com/;
const SHORTENER = /URL shortener/;
const OPEN_REDIRECT = /open redirect/;

/** What the rules of every issuer refuse. */
const refusedByAll: [uri: string, rule: RegExp][] = [
  ["", /is empty/],
  ["/oauth2callback", SHAPE],
  ["app.example.com/oauth2callback", SHAPE],
  ["//app.example.com/oauth2callback", SHAPE],
  ["https:app.example.com/oauth2callback", SHAPE],
  ["https:/app.example.com/oauth2callback", SHAPE],
  ["https:///app.example.com/oauth2callback", SHAPE],
  ["https://", SHAPE],
  ["https://?a=b", SHAPE],
  ["urn:ietf:wg:oauth:2.0:oob", SHAPE],
  ["com.example.app:/oauth2callback", SHAPE],
  ["ftp://app.example.com/oauth2callback", SHAPE],
  ["javascript://app.example.com/%0aalert(1)", SHAPE],
  ["https://app.example.com:99999/cb", /not a valid URL/],
  ["https://:443/cb", /not a valid URL/],
  ["https://[::1/cb", /not a valid URL/],
  [" https://app.example.com/cb", WHITESPACE],
  ["https://app.example.com/cb\n", WHITESPACE],
  ["https://app.example.com/c\tb", WHITESPACE],
  ["https://app.example.com/c b", WHITESPACE],
  ["https://app.example.com/c\u0000b", PRINTABLE],
  ["https://app.example.com/c\u007fb", PRINTABLE],
  ["https://app.example.com/caf\u00e9", PRINTABLE],
  ["https://b\u00fccher.example.com/cb", PRINTABLE],
  ["https://app.example.com/%", ENCODING],
  ["https://app.example.com/%2", ENCODING],
  ["https://app.example.com/%zz", ENCODING],
  ["https://app.example.com/cb?a=%u0041", ENCODING],
  ["https://app.example.com/%00", NUL],
  ["https://app.example.com/cb?a=%00", NUL],
  ["https://app.example.com/%C0%80", NUL],
  ["https://app.example.com/%c0%80", NUL],
  ["https://*.example.com/cb", WILDCARD],
  ["https://app.example.com/*", WILDCARD],
  ["https://app.example.com/cb?a=*", WILDCARD],
  ["https://app.example.com/cb#", FRAGMENT],
  ["https://app.example.com/cb#a", FRAGMENT],
  ["https://app.example.com/a/../cb", TRAVERSAL],
  ["https://app.example.com/..", TRAVERSAL],
  ["https://app.example.com/a\\..\\cb", TRAVERSAL],
  ["https://app.example.com/a/%2e%2e/cb", TRAVERSAL],
  ["https://app.example.com/a/.%2E/cb", TRAVERSAL],
  ["https://app.example.com/a%2f..%2fcb", TRAVERSAL],
  ["https://app.example.com/a%2F%2e%2e/cb", TRAVERSAL],
  ["https://app.example.com/a%5c..%5Ccb", TRAVERSAL],
  ["https://app.example.com\\@evil.example.com/cb", CHARACTER],
  ["https://app.example.com\\cb", CHARACTER],
  ["https:\\\\app.example.com\\cb", CHARACTER],
  ['https://app.example.com/"cb"', CHARACTER],
  ["https://app.example.com/{tenant}/cb", CHARACTER],
  ["https://user@app.example.com/cb", USERINFO],
  ["https://user:hunter2@app.example.com/cb", USERINFO],
  ["https://@app.example.com/cb", USERINFO],
  ["https://ex%61mple.com/cb", HOST],
  ["https://app.example.com%2fevil.example.com/cb", /not a valid URL/],
  ["http://0x7f.1/cb", HOST],
  ["http://2130706433/cb", HOST],
  ["http://127.1/cb", HOST],
  ["http://[0:0:0:0:0:0:0:1]/cb", HOST],
  ["https://192.0.2.1/cb", ADDRESS],
  ["https://192.0.2.1:8443/cb", ADDRESS],
  ["https://[2001:db8::1]/cb", ADDRESS],
  ["https://[::ffff:7f00:1]/cb", ADDRESS],
  ["https://googleusercontent.com/cb", USERCONTENT],
  ["https://App.GoogleUserContent.com/cb", USERCONTENT],
  ["https://a.b.googleusercontent.com/cb", USERCONTENT],
  ["https://bit.ly/cb", SHORTENER],
  ["https://goo.gl/cb", SHORTENER],
  ["https://app.goo.gl/cb", SHORTENER],
  ["https://t.co/google-callbacks", SHORTENER],
  ["https://t.co/my-google-callback", SHORTENER],
  ["https://t.co/cb?/google-callback/", SHORTENER],
  ["https://app.example.com/cb?next=https://evil.example.com", OPEN_REDIRECT],
  ["https://app.example.com/cb?next=HTTP%3A%2F%2Fevil.example.com", OPEN_REDIRECT],
  ["https://app.example.com/cb?next=https:evil.example.com", OPEN_REDIRECT],
  ["https://app.example.com/cb?next=//evil.example.com", OPEN_REDIRECT],
  ["https://app.example.com/cb?next=/%5Cevil.example.com", OPEN_REDIRECT],
  ["https://app.example.com/cb?next=%5C%5Cevil.example.com", OPEN_REDIRECT],
  ["https://app.example.com/cb?next=/%09/evil.example.com", OPEN_REDIRECT],
  ["https://app.example.com/cb?next=%20%01//evil.example.com", OPEN_REDIRECT],
  ["https://app.example.com/cb?next=javascript:alert(1)", OPEN_REDIRECT],
  ["https://app.example.com/cb?next=app://evil", OPEN_REDIRECT],
  ["https://app.example.com/cb?//evil.example.com", OPEN_REDIRECT],
];

/** What Google alone refuses. */
const refusedByGoogle: [uri: string, rule: RegExp][] = [
  ["http://app.example.com/cb", HTTPS],
  ["HTTP://app.example.com/cb", HTTPS],
  ["http://localhost.example.com/cb", HTTPS],
  ["http://127.0.0.1.example.com/cb", HTTPS],
  ["https://intranet/cb", SUFFIX],
  ["https://app.local/cb", SUFFIX],
  ["https://app.internal/cb", SUFFIX],
  ["https://app.test/cb", SUFFIX],
  ["https://app.example/cb", SUFFIX],
  ["https://com.invalid/cb", SUFFIX],
  ["https://app.example.com./cb", SUFFIX],
  ["http://app.localhost:3000/cb", SUFFIX],
];

describe("a redirect URI that Google refuses is refused with the rule that it breaks", () => {
  test.each([...refusedByAll, ...refusedByGoogle])("%j", (uri, rule) => {
    const attempt = () => checkRedirectUri(uri, google);
    expect(attempt).toThrow(TypeError);
    expect(attempt).toThrow(/^redirectUri "/);
    expect(attempt).toThrow(rule);
  });

  test.each([undefined, null, 7, {}])("%j is no string", (value) => {
    expect(() => checkRedirectUri(value as never, google)).toThrow(/^redirectUri is not a string/);
  });
});

describe("with another issuer", () => {
  test.each(refusedByGoogle)("%j is accepted: the rules of HTTPS and public suffix are Google's", (uri) => {
    expect(checkRedirectUri(uri, other)).toBeInstanceOf(URL);
  });

  test.each(refusedByAll)("%j is still refused", (uri, rule) => {
    expect(() => checkRedirectUri(uri, other)).toThrow(rule);
  });

  test("a final dot hides no forbidden domain", () => {
    expect(() => checkRedirectUri("https://a.googleusercontent.com./cb", other)).toThrow(USERCONTENT);
    expect(() => checkRedirectUri("https://bit.ly./cb", other)).toThrow(SHORTENER);
  });
});

test.each([
  "https://user:hunter2@app.example.com/cb",
  "https://user:hun/hunter2@app.example.com/cb",
  "https://user:hunter2@app.example.com/cb#",
  "https://user:pa?hunter2@app.example.com/c b",
  "https://app.example.com/c b?key=a@hunter2",
  "https://app.example.com/cb?key=hunter2&next=//evil.example.com",
  "https://app.example.com/cb#hunter2",
])("a message shows neither userinfo, nor query, nor fragment: case %#", (uri) => {
  expect(() => checkRedirectUri(uri, google)).toThrow(TypeError);
  expect(() => checkRedirectUri(uri, google)).not.toThrow(/hunter2/);
});

describe("redirectUri is resolved from", () => {
  const A = "https://a.example.com/cb";
  const B = "https://b.example.com/cb";
  const fileWith = (...redirectUris: string[]) => ({ redirectUris });

  test("the option, then GOOGLE_REDIRECT_URI, then the client file's only one", () => {
    const env = { GOOGLE_REDIRECT_URI: "https://env.example.com/cb" };
    expect(resolveRedirectUris(A, fileWith(B), env, google)).toEqual([A]);
    expect(resolveRedirectUris([A, B], fileWith(), env, google)).toEqual([A, B]);
    expect(resolveRedirectUris(undefined, fileWith(B), env, google)).toEqual(["https://env.example.com/cb"]);
    expect(resolveRedirectUris(undefined, fileWith(B), {}, google)).toEqual([B]);
    expect(resolveRedirectUris(undefined, fileWith(B), { GOOGLE_REDIRECT_URI: "" }, google)).toEqual([B]);
  });

  test("and stays exactly as written, frozen", () => {
    const list = ["https://A.Example.com:443", "https://b.example.com/"];
    const resolved = resolveRedirectUris(list, fileWith(), {}, google);
    list.push("https://evil.example.com/");
    expect(resolved).toEqual(["https://A.Example.com:443", "https://b.example.com/"]);
    expect(Object.isFrozen(resolved)).toBe(true);
  });

  test("nowhere: an error with the three ways", () => {
    const attempt = () => resolveRedirectUris(undefined, fileWith(), {}, google);
    expect(attempt).toThrow(TypeError);
    expect(attempt).toThrow(/^redirectUri is not configured.*option redirectUri.*GOOGLE_REDIRECT_URI.*client file/);
  });

  test("a client file with several: an error that lists them", () => {
    const attempt = () => resolveRedirectUris(undefined, fileWith(A, B), {}, google);
    expect(attempt).toThrow(`("${A}", "${B}"); name the one to use here or in GOOGLE_REDIRECT_URI`);
  });

  test.each([
    [[], {}, /^redirectUri is an empty list/],
    ["", {}, /^redirectUri "" is empty/],
    [null, {}, /^redirectUri is not a string/],
    [[A, "http://b.example.com/cb"], {}, /^redirectUri\[1\] "http:\/\/b\.example\.com\/cb" must use https/],
    [[A, 7], {}, /^redirectUri\[1\] is not a string/],
    [undefined, { GOOGLE_REDIRECT_URI: `${A}\n` }, /^redirectUri \(from GOOGLE_REDIRECT_URI\) .*whitespace/],
    [[A, A], {}, /^redirectUri has more than one URI on the host a\.example\.com/],
    [[A, `${A}?a=b`], {}, /^redirectUri has more than one URI on the host/],
    [["http://localhost:3000/cb", "https://localhost:3000/cb"], {}, /more than one URI on the host localhost:3000/],
    [[A, "https://A.example.com:443/cb"], {}, /more than one URI on the host/],
    [[A, "https://b.example.com/CB"], {}, /^redirectUri has several paths \(\/cb, \/CB\)/],
    [[A, "https://b.example.com/cb/"], {}, /^redirectUri has several paths/],
  ])("%j with %j: refused", (option, env, message) => {
    const attempt = () => resolveRedirectUris(option as never, fileWith(), env, google);
    expect(attempt).toThrow(TypeError);
    expect(attempt).toThrow(message);
  });

  test("the client file's one that breaks a rule: an error that says where it stands", () => {
    expect(() => resolveRedirectUris(undefined, fileWith("http://a.example.com/cb"), {}, google)).toThrow(
      /^redirectUri \(from the client file's redirect_uris\) "http/,
    );
  });

  test("several hosts and ports with one path", () => {
    const list = ["http://localhost:3000/cb", "http://127.0.0.1:3000/cb", A, B];
    expect(resolveRedirectUris(list, fileWith(), {}, google)).toEqual(list);
  });
});
