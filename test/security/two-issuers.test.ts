import { createHash } from "node:crypto";
import { GOOGLE_ENDPOINTS, memoryTokenStore, scopegateSession } from "@scopegate/core";
import type { ScopegateOptions } from "@scopegate/core";
import { startEmulator } from "@scopegate/emulator";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { hasMiddleware } from "../harness/app/matrix.ts";
import { CLIENT } from "../harness/app/scenario.ts";
import type { StartApp } from "../harness/app/test-app.ts";
import { attemptCookiesOf, startAttack } from "../harness/security/attack.ts";
import { RawBrowser } from "../harness/security/browser.ts";
import { grantsIn, keptInSessions } from "../harness/security/effects.ts";
import { startTwin } from "../harness/security/twin.ts";

const KEY = "the key of both apps, at least 32 characters";

/** An app that uses Google, and an app that uses another issuer. Client, keys, sessions and store are the same. */
async function startBoth(startApp: StartApp, shared: ScopegateOptions = {}) {
  const session = scopegateSession({ keys: ["the key of the sessions of both apps"] });
  const options = { ...shared, session, encryptionKeys: [KEY] };
  const first = await startAttack(startApp, { options });
  const redirectUri = `${first.app.origin}/oauth2callback`;
  const issuer = await startEmulator();
  issuer.addClient({ ...CLIENT, redirectUris: [redirectUri] });
  const second = await startTwin(startApp, first, { ...options, redirectUri, endpoints: issuer.endpoints });
  const browser = new RawBrowser(second.app.origin);
  const host = { Host: new URL(first.app.origin).host };
  return {
    first,
    second: second.app.google,
    /** The other issuer's requests to which an app sends secrets. */
    sentToOther: () => [...issuer.requests.of("token"), ...issuer.requests.of("revocation")],
    /** The victim's browser, on a visit to the app with the other issuer. */
    visitor() {
      for (const [name, value] of first.victim.cookies) browser.cookies.set(name, value);
      return {
        open: (target: string) => browser.open(target, host),
        call: (target: string) => browser.call(target, host),
      };
    },
    async [Symbol.asyncDispose]() {
      await second[Symbol.asyncDispose]();
      await issuer.stop();
      await first[Symbol.asyncDispose]();
    },
  };
}

describe.each(frameworks.filter(hasMiddleware))("two issuers that know one client ID on %s", (_name, startApp) => {
  it("S74 do not receive each other's refresh tokens from a shared store", async () => {
    const store = memoryTokenStore();
    await using both = await startBoth(startApp, { store, userId: () => "user-1" });
    await both.first.signIn(both.first.victim, "/drive");
    const before = await grantsIn(store);
    expect(before).toHaveLength(1);

    const user = both.second.forUser("user-1");
    await expect(user.getAccessToken({ forceRefresh: true })).rejects.toMatchObject({ code: "reconnect_required" });
    expect(await user.accounts()).toEqual([]);
    await expect(user.revoke()).rejects.toMatchObject({ code: "reconnect_required" });
    expect((await both.visitor().call("/token")).json).toMatchObject({ thrown: expect.any(String) });
    expect((await both.visitor().call("/drive")).status).toBe(401);
    expect(await both.second.reseal()).toMatchObject({ seen: 0 });
    await both.second.signOutEverywhere(before[0]!.key.account);

    expect(both.sentToOther()).toEqual([]);
    expect(await grantsIn(store)).toEqual(before);
    expect((await both.first.victim.call("/drive")).status).toBe(200);
  });

  it("S74 do not accept each other's sign-ins, nor grants in sessions", async () => {
    await using both = await startBoth(startApp);
    await both.first.signIn(both.first.victim, "/drive");
    expect((await both.visitor().call("/")).json).toMatchObject({ signedIn: false, user: null });
    expect((await both.visitor().call("/drive")).status).toBe(401);
    expect((await both.visitor().call("/token")).status).toBe(401);
    expect(both.sentToOther()).toEqual([]);
  });

  it("S74 do not receive each other's codes, nor the client secret with them", async () => {
    await using both = await startBoth(startApp);
    const { callback } = await both.first.begin();
    expect((await both.visitor().open(callback.pathname + callback.search)).status).toBe(400);
    expect(both.sentToOther()).toEqual([]);
    expect((await both.first.victim.open(callback.href)).status).toBe(302);
  });

  it("S74 leave the names of cookies and of session keys for Google as they were", async () => {
    const tag = createHash("sha256").update(`${CLIENT.clientId} googleAuth`).digest("base64url").slice(0, 8);
    await using google = await startAttack(startApp, { options: { endpoints: GOOGLE_ENDPOINTS } });
    const { location } = await google.victim.open("/authorize");
    expect(location).toMatch(/^https:\/\/accounts\.google\.com\//);
    expect(attemptCookiesOf(google.victim)).toEqual([expect.stringMatching(new RegExp(`^scopegate_${tag}_`))]);

    await using other = await startAttack(startApp);
    await other.signIn();
    for (const kept of Object.values(keptInSessions(other.app))) expect(Object.keys(kept).join()).not.toContain(tag);
  });
});
