// Attacks by a reader or writer of the database: sealing in every durable store, checked in the database itself.
import { storePlainText } from "@scopegate/core";
import type { StoredGrant } from "@scopegate/core/store-kit";
import { describe, expect, it } from "vitest";
import { everyCell } from "../harness/app/frameworks.ts";
import { startScenario } from "../harness/app/scenario.ts";
import { grantsIn, sessionGrants, tokenRequests } from "../harness/security/effects.ts";
import { collectTokens, readings } from "../harness/security/readings.ts";
import { startTwin } from "../harness/security/twin.ts";
import { durableStores } from "../harness/stores/durable.ts";

const HOUR = 3600_000;
const GRACE = "grace@workspace.example";
const OLD = "the key of last year, at least 32 characters";
const NEW = "the key of this year, at least 32 characters";
const FOREIGN = "the key of another app, at least 32 characters";
const UNREADABLE = { thrown: "unreadable_grant" };

// The framework does not matter here.
const [, startApp] = everyCell[0]!;

describe.each(durableStores)("sealed grants in %s", (_store, openStore) => {
  it("S36 the database holds no readable token, before and after a refresh", async () => {
    await using durable = await openStore();
    await using scenario = await startScenario(startApp, { options: { store: durable.store, encryptionKeys: [NEW] } });
    const tokens = collectTokens(scenario);
    await scenario.visitor.walk("/drive");
    const first = readings(await durable.content());
    scenario.google.clock.advance(HOUR);
    await scenario.visitor.call("/token");
    expect(tokens.length).toBeGreaterThanOrEqual(5);
    for (const kept of [first, readings(await durable.content())]) {
      expect(kept).toContain("v1.");
      // Nor does it hold a part of a token, except the 16 characters by which security events name a refresh token.
      for (const token of tokens) expect(kept).not.toContain(token.slice(0, 24));
    }
  });

  it("S36 a record copied under another user's key does not open, and is not deleted", async () => {
    await using durable = await openStore();
    const { store } = durable;
    await using scenario = await startScenario(startApp, { options: { store, encryptionKeys: [NEW] } });
    const { google, visitor, anotherVisitor } = scenario;
    await visitor.walk("/drive");
    const [victims] = await grantsIn(store);
    const attacker = anotherVisitor();
    await attacker.walk("/drive", { user: GRACE });
    const mine = (await grantsIn(store)).find(({ key }) => key.account !== victims!.key.account)!;
    await store.put(mine.key, { ...victims!.grant, version: mine.grant.version });

    google.requests.clear();
    expect((await attacker.call("/token")).body).toEqual(UNREADABLE);
    expect(google.requests).toHaveLength(0);
    expect(await store.get(mine.key)).toMatchObject({ payload: victims!.grant.payload });
    expect((await visitor.call("/token")).status).toBe(200);
  });

  it("S36 a rotated key still opens, resealing replaces it, and a wrong key deletes nothing", async () => {
    await using durable = await openStore();
    const shared = { store: durable.store, userId: () => "user-1" };
    await using scenario = await startScenario(startApp, { options: { ...shared, encryptionKeys: [OLD] } });
    await scenario.visitor.walk("/drive");
    const token = (await scenario.visitor.call("/token")).body;
    const before = await grantsIn(durable.store);

    await using wrong = await startTwin(startApp, scenario, { ...shared, encryptionKeys: [FOREIGN] });
    expect((await wrong.visitor.call("/token")).body).toEqual(UNREADABLE);
    expect(await wrong.app.google.reseal()).toEqual({ seen: 1, resealed: 0, skipped: 0, unreadable: 1 });
    expect(await grantsIn(durable.store)).toEqual(before);

    await using rotated = await startTwin(startApp, scenario, { ...shared, encryptionKeys: [NEW, OLD] });
    expect((await rotated.visitor.call("/token")).body).toEqual(token);
    expect(await rotated.app.google.reseal()).toEqual({ seen: 1, resealed: 1, skipped: 0, unreadable: 0 });
    await using later = await startTwin(startApp, scenario, { ...shared, encryptionKeys: [NEW] });
    expect((await later.visitor.call("/token")).body).toEqual(token);
    expect((await scenario.visitor.call("/token")).body).toEqual(UNREADABLE);
    expect(tokenRequests(scenario, "refresh_token")).toHaveLength(0);
  });

  it("S36 plain text needs an imported symbol, and an app with keys does not read it", async () => {
    await using durable = await openStore();
    const shared = { store: durable.store, userId: () => "user-1" };
    await expect(startScenario(startApp, { options: shared })).rejects.toThrow(/`encryptionKeys`/);
    await using scenario = await startScenario(startApp, { options: { ...shared, encryptionKeys: storePlainText } });
    await scenario.visitor.walk("/drive");
    const { token } = (await scenario.visitor.call("/token")).body as { token: string };
    expect(await durable.content()).toContain(token);
    await using sealed = await startTwin(startApp, scenario, { ...shared, encryptionKeys: [NEW] });
    expect((await sealed.visitor.call("/token")).body).toEqual(UNREADABLE);
  });

  it("S38 a grant from a session, or an attempt, does not open as a grant in the store", async () => {
    await using durable = await openStore();
    const { store } = durable;
    const keys = { encryptionKeys: [NEW] };
    await using scenario = await startScenario(startApp, { options: { store, ...keys } });
    await using session = await startTwin(startApp, scenario, keys);
    await scenario.visitor.walk("/drive");
    await session.visitor.walk("/drive");
    const [entry] = await grantsIn(store);
    // Account, client and key are the same. Only the kind of the sealed record differs.
    const [inSession] = sessionGrants(session.app) as { grant: StoredGrant }[];
    const begun = await fetch(`${scenario.app.origin}/authorize`, { redirect: "manual" });
    const [, attempt] = /^scopegate_[^=]+=([^;]+)/.exec(begun.headers.getSetCookie()[0]!)!;
    for (const payload of [inSession!.grant.payload, attempt!]) {
      await store.put(entry!.key, { ...entry!.grant, payload });
      expect((await scenario.visitor.call("/token")).body).toEqual(UNREADABLE);
      expect(await store.get(entry!.key)).toMatchObject({ payload });
    }
    await store.put(entry!.key, entry!.grant);
    expect((await scenario.visitor.call("/token")).status).toBe(200);
  });
});
