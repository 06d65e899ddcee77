import { googleOAuth } from "@scopegate/express";
import { describe, expect, it } from "vitest";
import { CLIENT } from "../harness/app/scenario.ts";

const redirectUri = "https://app.example.com/oauth2callback";

describe("configuration mistakes", () => {
  it.each([
    [{ redirectUri: "http://app.example.com/oauth2callback" }, /redirectUri.*https/is],
    [{ redirectUri: "http://localhost:3000" }, /redirectUri.*has no path.*"http:\/\/localhost:3000\/oauth2callback"/],
    [{ redirectUri: undefined }, /redirectUri|GOOGLE_REDIRECT_URI/],
    [{ client: { clientId: "x", clientSecret: "" } }, /clientSecret/],
    [{ client: undefined }, /client.*GOOGLE_CLIENT_ID/s],
    [{ client: "/nowhere/client_secret.json" }, /client.*\/nowhere\/client_secret\.json/s],
    [{ scopes: [] }, /scopes/],
    [{ scopes: "openid,email" }, /scopes.*comma/s],
    [{ accessType: "sometimes" }, /accessType.*"offline" or "online"/],
    [{ prompt: "none consent" }, /prompt.*"none" alone/],
    [{ hostedDomain: "@example.com" }, /hostedDomain/],
    [{ returnOrigins: ["https://spa.example/"] }, /returnOrigins.*without a slash/],
    [{ apiHosts: ["https://www.googleapis.com"] }, /apiHosts.*without scheme/],
    [{ apiHosts: ["*.com"] }, /apiHosts/],
    [{ endpoints: { issuer: "https://login.example.com" } }, /endpoints\.\w+/],
    [{ routes: { callback: "nowhere" } }, /routes\.callback/],
    [{ routes: { revoke: "/authorize" } }, /routes\.revoke.*another route/],
    [{ routes: { logout: "/x" } }, /routes\.logout/],
    [{ basePath: "google/" }, /basePath/],
    [{ encryptionKeys: ["short"] }, /encryptionKeys.*32/s],
    [{ on: { signedUp: () => undefined } }, /on\.signedUp/],
    [{ name: "not a name" }, /name/],
    [{ timeout: 0 }, /timeout/],
    [{ userId: "id" }, /userId.*function/],
    [{ redirectURI: redirectUri }, /unknown option `redirectURI`. Did you mean `redirectUri`/],
    [{ store: {} }, /store.*token store/],
    [{ session: () => undefined }, /session.*scopegateSession/],
    [{ returnOrigins: "https://spa.example" }, /returnOrigins.*array/],
    [{ apiHosts: "www.googleapis.com" }, /apiHosts.*array/],
    [{ dispatcher: {} }, /dispatcher.*undici/],
    [{ pages: { appname: "x" } }, /pages\.appname/],
  ])("%o throws a TypeError at construction that names the option", (wrong, message) => {
    const options = { client: CLIENT, redirectUri, ...wrong } as never;
    expect(() => googleOAuth(options)).toThrow(TypeError);
    expect(() => googleOAuth(options)).toThrow(message);
  });

  it("an option that is null counts as missing", () => {
    const nulls = {
      scopes: null,
      name: null,
      on: null,
      timeout: null,
      prompt: null,
      incrementalScopes: null,
      store: null,
    };
    expect(() => googleOAuth({ client: CLIENT, redirectUri, ...nulls } as never)).not.toThrow();
    expect(() => googleOAuth({ client: CLIENT, redirectUri, appName: null } as never)).toThrow(/unknown option/);
  });

  it("do not show the client secret, neither in errors nor to `inspect`", async () => {
    const { inspect } = await import("node:util");
    const google = googleOAuth({ client: CLIENT, redirectUri });
    expect(inspect(google, { depth: 20, showHidden: true, getters: true })).not.toContain(CLIENT.clientSecret);
    expect(() => googleOAuth({ client: { ...CLIENT, clientSecret: ` ${CLIENT.clientSecret}` }, redirectUri })).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining(CLIENT.clientSecret) }),
    );
  });
});
