import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { CALENDAR, CLIENT, DRIVE, ROUTES } from "../harness/app/scenario.ts";
import { startAttack } from "../harness/security/attack.ts";

const redirectUri = "https://app.example.com/oauth2callback";

/** Configurations that must fail before the first request. */
const REFUSED: Record<string, [wrong: Record<string, unknown>, message: RegExp]> = {
  "a plain-http redirect URI off localhost": [{ redirectUri: "http://app.example.com/cb" }, /`?redirectUri`?.*https/is],
  "a plain-http one among several": [
    { redirectUri: [redirectUri, "http://app.example.com/oauth2callback"] },
    /redirectUri/,
  ],
  "a host that only looks local": [{ redirectUri: "http://localhost.evil.example/cb" }, /redirectUri/],
  "a host that only ends local": [{ redirectUri: "http://evil-localhost/cb" }, /redirectUri/],
  "a local host behind credentials": [{ redirectUri: "http://localhost@evil.example/cb" }, /redirectUri/],
  "another scheme": [{ redirectUri: "javascript:alert(1)" }, /redirectUri/],
  "a raw address": [{ redirectUri: "https://203.0.113.7/cb" }, /redirectUri/],
  "a redirect URI with a fragment": [{ redirectUri: `${redirectUri}#x` }, /redirectUri/],
  "no scopes": [{ scopes: [] }, /scopes/],
  "empty scopes": [{ scopes: "" }, /scopes/],
  "a blank scope": [{ scopes: ["openid", " "] }, /scopes/],
  "an empty secret": [{ client: { ...CLIENT, clientSecret: "" } }, /clientSecret/],
  "a missing secret": [{ client: { clientId: CLIENT.clientId } }, /clientSecret|client_secret/],
  "a blank secret": [{ client: { ...CLIENT, clientSecret: "   " } }, /clientSecret/],
  "an empty client ID": [{ client: { ...CLIENT, clientId: "" } }, /clientId/],
  "plain-http endpoints off localhost": [{ endpoints: { issuer: "http://login.example.com" } }, /endpoints/],
  "a plain-http return origin": [{ returnOrigins: ["http://spa.example.com"] }, /returnOrigins/],
  "every host for tokens": [{ apiHosts: ["*"] }, /apiHosts/],
  "a short key": [{ encryptionKeys: ["0123456789abcdef"] }, /encryptionKeys/],
};

/** A deeply frozen copy: writing to it throws. */
function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
}

describe.each(frameworks)("the configuration on %s", (_name, startApp) => {
  it.each(Object.entries(REFUSED))("S24 %s fails at construction with the name of the option", async (_case, row) => {
    const [wrong, message] = row;
    const built = startApp({
      routes: [],
      options: () => ({ client: CLIENT, redirectUri, ...wrong }),
    });
    const error: unknown = await built.then(
      (app) => app.stop(),
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(TypeError);
    expect((error as TypeError).message).toMatch(message);
    expect((error as TypeError).message).not.toContain(CLIENT.clientSecret);
  });

  it("S25 no request changes the options, or leaves state for the next request", async () => {
    const given = {
      scopes: ["openid", "email"],
      incrementalScopes: [CALENDAR],
      routes: { signOut: "/goodbye" },
      returnOrigins: ["https://spa.example"],
      apiHosts: ["*.googleapis.com"],
      pages: { appName: "The tests" },
      on: {},
    };
    const copy = structuredClone(given);
    await using attack = await startAttack(startApp, { options: frozen(given), routes: ROUTES });
    const { victim } = attack;
    const asked = async () => {
      const { location } = await attack.newBrowser().open("/authorize");
      const { state: _s, nonce: _n, code_challenge: _c, ...rest } = Object.fromEntries(new URL(location).searchParams);
      return rest;
    };
    const before = await asked();
    expect(before["scope"]).toBe("openid email");
    for (const target of [
      `/authorize?scope=${CALENDAR}&login_hint=eve@evil.example&prompt=consent&return_to=https://spa.example/x`,
      `/authorize?scope=${DRIVE}`,
      "/authorize?__proto__[scope]=x&constructor.prototype.scope=x&client_id=evil",
      "/drive",
    ]) {
      await attack.signIn(victim, target, { user: "grace@workspace.example" }).catch(() => undefined);
      await victim.open("/goodbye?return_to=https://spa.example/y");
      expect(await asked(), target).toEqual(before);
    }
    expect((await victim.call("/me")).json["email"]).toBe("grace@workspace.example");
    expect(given).toEqual(copy);
  });
});
