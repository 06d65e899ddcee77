import { memoryTokenStore } from "@scopegate/core";
import type { StoredGrant } from "@scopegate/core/store-kit";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { isOnServer } from "../harness/app/matrix.ts";
import { startScenario } from "../harness/app/scenario.ts";
import type { Scenario } from "../harness/app/scenario.ts";
import { grantsIn, sessionGrants, tokenRequests } from "../harness/security/effects.ts";
import { startTwin } from "../harness/security/twin.ts";

/** A browser with the cookies of a test. */
async function send(address: string, cookies: Record<string, string> = {}): Promise<Response> {
  const cookie = Object.entries(cookies).map(([name, value]) => `${name}=${value}`);
  return fetch(address, { redirect: "manual", headers: { Accept: "text/html", Cookie: cookie.join("; ") } });
}

/** An attempt after Google's response: its cookie, and its callback. */
async function attemptOf({ app, google }: Pick<Scenario, "app" | "google">) {
  const response = await send(`${app.origin}/authorize`);
  const [, name, value] = /^(scopegate_[^=]+)=([^;]+)/.exec(response.headers.getSetCookie()[0]!)!;
  const callback = await google.approve(response.headers.get("location")!);
  return { name: name!, value: value!, callback };
}

describe.each(frameworks)("artefacts on %s", (_name, startApp) => {
  it("S38 the cookie of an attempt opens under its own name, so that the refusals below have the intended cause", async () => {
    await using scenario = await startScenario(startApp);
    const { name, value, callback } = await attemptOf(scenario);
    expect((await send(callback, { [name]: value })).status).toBe(302);
    expect(tokenRequests(scenario, "authorization_code")).toHaveLength(1);
  });

  it("S38 a form token for signing out does not revoke, nor does a token of another sign-in or of another kind", async () => {
    await using scenario = await startScenario(startApp);
    const { google, visitor, anotherVisitor } = scenario;
    await visitor.walk("/drive");
    const stranger = anotherVisitor();
    await stranger.walk("/drive");
    const tokenOf = (html: string) => /name="token" value="([^"]+)"/.exec(html)![1]!;
    const signOut = tokenOf((await visitor.open("/signout")).text);
    const strangers = tokenOf((await stranger.open("/revoke")).text);
    const { value } = await attemptOf(scenario);
    for (const token of [signOut, strangers, value, "", "A".repeat(43)]) {
      expect((await visitor.post("/revoke", { token })).status).toBe(403);
    }
    expect(google.requests.of("revocation")).toHaveLength(0);
    expect((await visitor.call("/drive")).status).toBe(200);
    expect((await visitor.post("/revoke", { token: tokenOf((await visitor.open("/revoke")).text) })).status).toBe(303);
    expect(google.requests.of("revocation")).toHaveLength(1);
  });
});

describe.each(frameworks.filter(isOnServer))(
  "what sessions on the server hold, used as something else, on %s",
  (_name, startApp) => {
    it("S38 a record that was sealed as another kind does not open as an attempt", async () => {
      const store = memoryTokenStore();
      await using scenario = await startScenario(startApp, { options: { store } });
      await using session = await startTwin(startApp, scenario, {});
      await using renamed = await startTwin(startApp, scenario, { store, name: "anotherGoogle" });
      await scenario.visitor.walk("/drive");
      await session.visitor.walk("/drive");
      const [stored] = await grantsIn(store);
      const [inSession] = sessionGrants(session.app) as { grant: StoredGrant }[];
      const foreign = await attemptOf({ ...scenario, app: renamed.app });
      const mine = await attemptOf(scenario);
      const another = await attemptOf(scenario);
      scenario.google.requests.clear();

      const forgeries = {
        "a grant of the store": stored!.grant.payload,
        "a grant of a session": inSession!.grant.payload,
        "another attempt of this browser": another.value,
        "an attempt of another instance with the same secret": foreign.value,
        "the attempt in the clear": JSON.stringify({ state: new URL(mine.callback).searchParams.get("state") }),
        nothing: "",
      };
      for (const [what, value] of Object.entries(forgeries)) {
        expect((await send(mine.callback, { [mine.name]: encodeURIComponent(value) })).status, what).toBe(400);
        expect((await send(mine.callback, { [mine.name]: value })).status, what).toBe(400);
        expect(scenario.google.requests, what).toHaveLength(0);
      }
      // The attempt is still unused.
      expect((await send(mine.callback, { [mine.name]: mine.value })).status).toBe(302);
    });

    it("S38 an attempt, or a grant from a session, does not open as a grant in the store", async () => {
      const store = memoryTokenStore();
      await using scenario = await startScenario(startApp, { options: { store } });
      await using session = await startTwin(startApp, scenario, {});
      await scenario.visitor.walk("/drive");
      await session.visitor.walk("/drive");
      const [entry] = await grantsIn(store);
      // Account, client and key are the same. Only the kind of the sealed record differs.
      const [inSession] = sessionGrants(session.app) as { grant: StoredGrant }[];
      const { value } = await attemptOf(scenario);
      for (const payload of [inSession!.grant.payload, value]) {
        await store.put(entry!.key, { ...entry!.grant, payload });
        expect((await scenario.visitor.call("/token")).body).toEqual({ thrown: "unreadable_grant" });
        expect(await store.get(entry!.key)).toMatchObject({ payload });
      }
      await store.put(entry!.key, entry!.grant);
      expect((await scenario.visitor.call("/token")).status).toBe(200);
    });
  },
);
