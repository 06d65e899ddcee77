import { describe, expect, test } from "vitest";
import { checkRedirectUri } from "./redirect-uri-rules.ts";

const google = { google: true };
const other = { google: false };

describe("checkRedirectUri accepts a redirect URI that Google accepts", () => {
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

const HTTPS = /uses plain http/;
const SUFFIX = /Public Suffix List/;
const SHAPE = /not an absolute URL/;
const WHITESPACE = /contains whitespace/;
const PRINTABLE = /not printable ASCII/;
const ENCODING = /invalid percent-encoding/;
const NUL = /encoded NUL/;
const WILDCARD = /wildcard/;
const FRAGMENT = /has a fragment/;
const TRAVERSAL = /path traversal/;
const CHARACTER = /not allowed in a URI/;
const USERINFO = /has a user name or password/;
const HOST = /read as another host/;
const ADDRESS = /IP address as its host/;
const USERCONTENT = /googleusercontent\.com/;
const SHORTENER = /URL shortener/;
const OPEN_REDIRECT = /open redirect/;

/** URIs that the rules of every issuer reject. */
const rejectedByAll: [uri: string, rule: RegExp][] = [
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

/** URIs that only Google rejects. */
const rejectedByGoogle: [uri: string, rule: RegExp][] = [
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

describe("checkRedirectUri names the rule that a redirect URI breaks", () => {
  test.each([...rejectedByAll, ...rejectedByGoogle])("%j", (uri, rule) => {
    const attempt = () => checkRedirectUri(uri, google);
    expect(attempt).toThrow(TypeError);
    expect(attempt).toThrow(/^redirectUri "/);
    expect(attempt).toThrow(rule);
  });

  test.each([undefined, null, 7, {}])("rejects %j, which is not a string", (value) => {
    expect(() => checkRedirectUri(value as never, google)).toThrow(/^redirectUri is not a string/);
  });
});

describe("checkRedirectUri with an issuer other than Google", () => {
  test.each(rejectedByGoogle)("accepts %j, because only Google requires HTTPS and a public suffix", (uri) => {
    expect(checkRedirectUri(uri, other)).toBeInstanceOf(URL);
  });

  test.each(rejectedByAll)("still rejects %j", (uri, rule) => {
    expect(() => checkRedirectUri(uri, other)).toThrow(rule);
  });

  test("recognizes a forbidden domain with a trailing dot", () => {
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
])("the error does not show userinfo, query or fragment: case %#", (uri) => {
  expect(() => checkRedirectUri(uri, google)).toThrow(TypeError);
  expect(() => checkRedirectUri(uri, google)).not.toThrow(/hunter2/);
});
