import { describe, expect, it } from "vitest";
import { isHttps, pickByHost } from "./host.ts";

const APP = "https://app.example.com/cb";
const ORG = "https://app.example.org:8443/cb";
const LOCAL = "http://localhost/cb";
const ADDRESSES = [APP, ORG, LOCAL];

describe("pickByHost", () => {
  it.each([
    ["app.example.com", APP],
    ["APP.example.com", APP],
    ["app.example.com:443", APP],
    ["app.example.com:80", APP],
    ["app.example.org:8443", ORG],
    ["app.example.org", APP],
    ["localhost", LOCAL],
    ["localhost:80", LOCAL],
    ["localhost:443", APP],
    ["x@localhost", APP],
    ["localhost/", APP],
    ["localhost#", APP],
    ["", APP],
    [":", APP],
    [undefined, APP],
  ])("for the host %j picks %s", (host, expected) => {
    expect(pickByHost(ADDRESSES, host)).toBe(expected);
  });
});

describe("isHttps", () => {
  it.each([
    [APP, true],
    ["HTTPS://app.example.com", true],
    [LOCAL, false],
    ["httpsx://a", false],
  ])("of %s is %s", (address, expected) => {
    expect(isHttps(address)).toBe(expected);
  });
});
