import { describe, expect, test } from "vitest";
import type { Endpoints } from "./endpoints.ts";
import { GOOGLE_ENDPOINTS, isGoogle, isLoopback, resolveEndpoints } from "./endpoints.ts";

const local: Endpoints = {
  issuer: "http://127.0.0.1:4000",
  authorization: "http://127.0.0.1:4000/auth",
  token: "http://127.0.0.1:4000/token",
  revocation: "http://127.0.0.1:4000/revoke",
  jwks: "http://127.0.0.1:4000/certs",
  userinfo: "http://127.0.0.1:4000/userinfo",
};

describe("resolveEndpoints", () => {
  test("returns Google's endpoints by default, frozen", () => {
    expect(resolveEndpoints()).toEqual(GOOGLE_ENDPOINTS);
    expect(resolveEndpoints({})).toEqual(GOOGLE_ENDPOINTS);
    expect(Object.isFrozen(resolveEndpoints())).toBe(true);
    expect(Object.isFrozen(GOOGLE_ENDPOINTS)).toBe(true);
    expect(isGoogle(resolveEndpoints())).toBe(true);
  });

  test("replaces single endpoints of Google", () => {
    const endpoints = resolveEndpoints({ token: "https://proxy.example.com/token" });
    expect(endpoints).toEqual({ ...GOOGLE_ENDPOINTS, token: "https://proxy.example.com/token" });
    expect(isGoogle(endpoints)).toBe(true);
  });

  test("copies the endpoints of another issuer exactly as given", () => {
    const option = { ...local };
    const endpoints = resolveEndpoints(option);
    option.token = "https://elsewhere.example.com";
    expect(endpoints).toEqual(local);
    expect(isGoogle(endpoints)).toBe(false);
  });

  test.each(["authorization", "token", "revocation", "jwks", "userinfo"] as const)(
    "rejects another issuer without %s, and names it",
    (name) => {
      const { [name]: _, ...rest } = local;
      expect(() => resolveEndpoints(rest)).toThrow(new RegExp(`^endpoints\\.${name} is missing`));
    },
  );

  test.each([
    ["/token", /not an absolute URL/],
    ["", /not an absolute URL/],
    [" https://x.example.com/token", /not an absolute URL/],
    ["https://x.example.com/token\n", /not an absolute URL/],
    [42, /not an absolute URL/],
    [null, /not an absolute URL/],
    ["http://x.example.com/token", /must use https/],
    ["http://localhost.example.com/token", /must use https/],
    ["ftp://localhost/token", /must use https/],
    ["javascript:alert(1)", /must use https/],
    ["https://user:hunter2@x.example.com/token", /must not contain a user name or password/],
    ["https://x.example.com/token#", /must not have a fragment/],
  ])("rejects the token endpoint %j", (token, message) => {
    const attempt = () => resolveEndpoints({ token } as Partial<Endpoints>);
    expect(attempt).toThrow(TypeError);
    expect(attempt).toThrow(/^endpoints\.token /);
    expect(attempt).toThrow(message);
    expect(attempt).not.toThrow(/hunter2/);
  });

  test("rejects a query in the issuer (RFC 8414), and accepts one in other endpoints", () => {
    expect(() => resolveEndpoints({ ...local, issuer: `${local.issuer}?a=b` })).toThrow(/^endpoints\.issuer .*query/);
    expect(resolveEndpoints({ ...local, jwks: `${local.jwks}?a=b` }).jwks).toBe(`${local.jwks}?a=b`);
  });

  test.each([null, "https://accounts.google.com", 7])("rejects the option %j", (option) => {
    expect(() => resolveEndpoints(option as never)).toThrow(/^endpoints must be an object/);
  });
});

test.each([
  "https://accounts.google.com/",
  "https://ACCOUNTS.google.com",
  "accounts.google.com",
  "http://accounts.google.com",
])("isGoogle rejects %s, which is not exactly Google's issuer", (issuer) => {
  expect(isGoogle({ issuer })).toBe(false);
});

test.each(["localhost", "LOCALHOST", "app.localhost", "127.0.0.1", "127.255.3.4", "[::1]"])(
  "isLoopback accepts %s",
  (host) => {
    expect(isLoopback(host)).toBe(true);
  },
);

test.each([
  "localhost.example.com",
  "notlocalhost",
  "localhost.",
  "127.0.0.1.example.com",
  "127.example.com",
  "127.1",
  "128.0.0.1",
  "0.0.0.0",
  "[::]",
  "[::ffff:7f00:1]",
  "",
])("isLoopback rejects %j", (host) => {
  expect(isLoopback(host)).toBe(false);
});
