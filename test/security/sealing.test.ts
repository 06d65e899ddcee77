import { memoryTokenStore } from "@scopegate/core";
import { describe, expect, it } from "vitest";
import { frameworks } from "../harness/app/frameworks.ts";
import { hasMiddleware, isOnServer } from "../harness/app/matrix.ts";
import { ROUTES, startScenario } from "../harness/app/scenario.ts";
import { GRANT_STORES, grantsIn, keptInSessions, sessionGrants, tokenRequests } from "../harness/security/effects.ts";
import { collectTokens, readings } from "../harness/security/readings.ts";
import { startTwin } from "../harness/security/twin.ts";

const HOUR = 3600_000;
const GRACE = "grace@workspace.example";
const OLD = "the key of last year, at least 32 characters";
const NEW = "the key of this year, at least 32 characters";
const FOREIGN = "the key of another app, at least 32 characters";
const UNREADABLE = { thrown: "unreadable_grant" };

/** The sealed text with a changed last byte, which belongs to the authentication tag. */
function altered(payload: string): string {
  const [format, id, body] = payload.split(".") as [string, string, string];
  const bytes = Buffer.from(body, "base64url");
  bytes[bytes.length - 1]! ^= 1;
  return [format, id, bytes.toString("base64url")].join(".");
}

describe.each(frameworks)("sealed grants on %s", (_name, startApp) => {
  it("S36 a record copied under another user's key does not open, and is not deleted", async () => {
    const store = memoryTokenStore();
    await using scenario = await startScenario(startApp, { options: { store } });
    const { google, visitor, anotherVisitor } = scenario;
    await visitor.walk("/drive");
    const attacker = anotherVisitor();
    await attacker.walk("/drive", { user: GRACE });
    const [mine, victims] = await grantsIn(store).then((grants) =>
      grants.toSorted((a) => (a.key.account.endsWith("2") ? -1 : 1)),
    );
    await store.put(mine!.key, { ...victims!.grant, version: mine!.grant.version });

    google.requests.clear();
    expect((await attacker.call("/token")).body).toEqual(UNREADABLE);
    const guarded = await attacker.call("/drive");
    expect([guarded.status, guarded.body.page]).toEqual([500, undefined]);
    expect(google.requests).toHaveLength(0);
    expect(await store.get(mine!.key)).toMatchObject({ payload: victims!.grant.payload });
    expect((await visitor.call("/token")).status).toBe(200);
  });

  it.each([
    ["a changed byte", (payload: string) => altered(payload)],
    ["a missing end", (payload: string) => payload.slice(0, -8)],
    ["no content", () => ""],
    ["plain JSON in its place", () => JSON.stringify({ accessToken: "ya29.mine", accessTokenExpiresAt: 9e15 })],
    ["another format", (payload: string) => payload.replace("v1.", "v2.")],
  ])("S36 a record with %s does not open, and is not deleted", async (_case, change) => {
    const store = memoryTokenStore();
    await using scenario = await startScenario(startApp, { options: { store } });
    await scenario.visitor.walk("/drive");
    const [entry] = await grantsIn(store);
    const changed = { ...entry!.grant, payload: change(entry!.grant.payload) };
    await store.put(entry!.key, changed);
    expect((await scenario.visitor.call("/token")).body).toEqual(UNREADABLE);
    expect(await store.get(entry!.key)).toEqual(changed);
    // A new consent replaces the unreadable record.
    await store.put(entry!.key, entry!.grant);
    expect((await scenario.visitor.call("/token")).status).toBe(200);
  });

  it("S36 with rotated keys, the old key still opens, and the new key seals", async () => {
    const store = memoryTokenStore();
    const shared = { store, userId: () => "user-1" };
    await using scenario = await startScenario(startApp, { options: { ...shared, encryptionKeys: [OLD] } });
    await scenario.visitor.walk("/drive");
    await using rotated = await startTwin(startApp, scenario, { ...shared, encryptionKeys: [NEW, OLD] });
    expect((await rotated.visitor.call("/token")).status).toBe(200);
    scenario.google.clock.advance(HOUR);
    const { token } = (await rotated.visitor.call("/token")).body;

    // The refresh has sealed the grant with the new key, so that the old key no longer opens it.
    await using later = await startTwin(startApp, scenario, { ...shared, encryptionKeys: [NEW] });
    expect((await later.visitor.call("/token")).body).toEqual({ token });
    expect((await scenario.visitor.call("/token")).body).toEqual(UNREADABLE);
    expect(tokenRequests(scenario, "refresh_token")).toHaveLength(1);
  });

  it("S36 a wrong key causes a typed error, deletes nothing, and sends no request", async () => {
    const store = memoryTokenStore();
    const shared = { store, userId: () => "user-1" };
    await using scenario = await startScenario(startApp, { options: { ...shared, encryptionKeys: [OLD] } });
    await scenario.visitor.walk("/drive");
    const before = await grantsIn(store);
    await using wrong = await startTwin(startApp, scenario, { ...shared, encryptionKeys: [FOREIGN] });
    scenario.google.requests.clear();
    for (const path of ["/drive", "/me", "/token"]) expect((await wrong.visitor.call(path)).status, path).toBe(500);
    await expect(wrong.app.google.forUser("user-1").getAccessToken()).rejects.toMatchObject({
      code: "unreadable_grant",
    });
    expect(wrong.app.errors.map(({ code }) => code)).toEqual([
      "unreadable_grant",
      "unreadable_grant",
      "unreadable_grant",
    ]);
    expect(await grantsIn(store)).toEqual(before);
    expect(scenario.google.requests).toHaveLength(0);
    expect((await scenario.visitor.call("/token")).status).toBe(200);
  });
});

describe.each(frameworks.filter(isOnServer))("sealed grants in sessions on the server, on %s", (_name, startApp) => {
  it.each(GRANT_STORES)("S36 %s holds no readable token", async (_store, make) => {
    const { options, grantsOf } = make();
    await using scenario = await startScenario(startApp, { options });
    const tokens = collectTokens(scenario);
    await scenario.visitor.walk("/drive");
    scenario.google.clock.advance(HOUR);
    await scenario.visitor.call("/token");
    expect(tokens.length).toBeGreaterThanOrEqual(5);
    const kept = readings(JSON.stringify([await grantsOf(scenario), scenario.app.sessions()]));
    expect(kept).toContain("payload");
    // Nor does it hold a part of a token. A search would look for its first characters.
    for (const token of tokens) expect(kept).not.toContain(token.slice(0, 24));
  });
});

describe.each(frameworks.filter(hasMiddleware))(
  "sealed grants in sessions that the app writes to on %s",
  (_name, startApp) => {
    it("S36 a grant copied into another user's session does not open, under any name", async () => {
      const planted: { key: string; value: unknown } = { key: "", value: undefined };
      const plant = {
        path: "/plant",
        handle: (_auth: unknown, session: Record<string, unknown>) => (session[planted.key] = planted.value),
      };
      await using scenario = await startScenario(startApp, { routes: [...ROUTES, plant] });
      const { app, google, visitor, anotherVisitor } = scenario;
      await visitor.walk("/drive");
      const [victims] = sessionGrants(app) as { grant: object }[];
      const attacker = anotherVisitor();
      await attacker.walk("/drive", { user: GRACE });
      planted.key = Object.values(keptInSessions(app))
        .flatMap(Object.keys)
        .find((key) => key.endsWith(":grants"))!;
      const attackers = sessionGrants(app).find((kept) => JSON.stringify(kept) !== JSON.stringify(victims)) as object;
      google.requests.clear();

      // In place of the attacker's grant it does not open. Under the victim's name it is not looked up.
      for (const kept of [{ ...attackers, grant: victims!.grant }, victims]) {
        planted.value = [kept];
        await attacker.call("/plant");
        expect((await attacker.call("/token")).body).toEqual({ thrown: "reconnect_required" });
        expect((await attacker.call("/drive")).status).toBe(401);
      }
      expect(google.requests).toHaveLength(0);
      // The victim's grant still works.
      expect((await visitor.call("/token")).status).toBe(200);
    });
  },
);
