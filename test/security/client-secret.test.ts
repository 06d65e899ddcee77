import { memoryTokenStore, scopegateSession } from "@scopegate/core";
import type { ScopegateOptions } from "@scopegate/core";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { hasMiddleware } from "../harness/app/matrix.ts";
import { CLIENT } from "../harness/app/scenario.ts";
import type { StartApp } from "../harness/app/test-app.ts";
import { startAttack } from "../harness/security/attack.ts";
import { RawBrowser } from "../harness/security/browser.ts";
import { grantsIn } from "../harness/security/effects.ts";
import { startTwin } from "../harness/security/twin.ts";

const KEY = "the key of the app, at least 32 characters";
/** Keys among which the client secret is, and keys among which it is not. */
const KEYS: readonly (readonly [does: string, keys: readonly string[], opens: boolean])[] = [
  ["does not open", [KEY], false],
  ["opens, if it is listed last,", [KEY, CLIENT.clientSecret], true],
];

/**
 * An app without keys, whose values the client secret seals, and an app with keys. An attacker who knows the secret can
 * make all values of the first app. Both have the same sessions, so that nothing but the keys decides.
 */
async function startBoth(startApp: StartApp, encryptionKeys: readonly string[], shared: ScopegateOptions = {}) {
  const session = scopegateSession({ keys: ["the key of the sessions of both apps"] });
  const forger = await startAttack(startApp, { options: { ...shared, session } });
  const redirectUri = `${forger.app.origin}/oauth2callback`;
  const app = await startTwin(startApp, forger, { ...shared, session, redirectUri, encryptionKeys });
  const browser = new RawBrowser(app.app.origin);
  const host = { Host: new URL(forger.app.origin).host };
  return {
    forger,
    app,
    /** A browser of the app with keys, which has the cookies that the other app made. */
    attacker() {
      for (const [name, value] of forger.victim.cookies) browser.cookies.set(name, value);
      return {
        open: (target: string) => browser.open(target, host),
        call: (target: string) => browser.call(target, host),
        post: (target: string, fields: Record<string, string>) => browser.post(target, fields, host),
      };
    },
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]();
      await forger[Symbol.asyncDispose]();
    },
  };
}

describe.each(frameworks.filter(hasMiddleware))("the client secret on %s", (_name, startApp) => {
  it.each(KEYS)("S78 %s the attempts of an app with keys", async (_does, keys, opens) => {
    await using both = await startBoth(startApp, keys);
    const { callback } = await both.forger.begin();
    const { pathname, search } = callback;
    expect((await both.attacker().open(pathname + search)).status).toBe(opens ? 302 : 400);
    expect(both.forger.google.requests.of("token")).toHaveLength(opens ? 1 : 0);
  });

  it.each(KEYS)("S78 %s the grants in sessions of an app with keys", async (_does, keys, opens) => {
    await using both = await startBoth(startApp, keys);
    await both.forger.signIn();
    const { status, json } = await both.attacker().call("/token");
    if (opens) expect(json).toEqual({ token: expect.stringMatching(/^ya29\./) });
    else expect([status, json]).toEqual([401, { thrown: "reconnect_required" }]);
  });

  it.each(KEYS)("S78 %s the form tokens of an app with keys", async (_does, keys, opens) => {
    await using both = await startBoth(startApp, keys);
    await both.forger.signIn();
    const [, token] = /name="token" value="([^"]+)"/.exec((await both.forger.victim.open("/signout")).text)!;
    expect((await both.attacker().post("/signout", { token: token! })).status).toBe(opens ? 303 : 403);
    expect((await both.attacker().call("/")).json["signedIn"]).toBe(!opens);
  });

  it.each(KEYS)("S78 %s the grants in the store of an app with keys", async (_does, keys, opens) => {
    const store = memoryTokenStore();
    await using both = await startBoth(startApp, keys, { store });
    await both.forger.signIn();
    const before = await grantsIn(store);
    const { json } = await both.attacker().call("/token");
    if (opens) expect(json).toEqual({ token: expect.stringMatching(/^ya29\./) });
    else expect(json).toEqual({ thrown: "unreadable_grant" });
    expect(await grantsIn(store)).toEqual(before);
    expect(before).toHaveLength(1);

    // With the client secret among the keys, the grant moves to the first key, and the secret can be removed.
    const { resealed, unreadable } = await both.app.app.google.reseal();
    expect({ resealed, unreadable }).toEqual(opens ? { resealed: 1, unreadable: 0 } : { resealed: 0, unreadable: 1 });
  });
});
