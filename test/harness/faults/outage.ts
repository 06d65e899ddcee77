// Checks that an app and its users come through a failure of its token store.
import type { TokenStore } from "@scopegate/core";
import express from "express";
import { expect } from "vitest";
import { startOnExpress } from "../app/express.ts";
import { ADA, DRIVE, ROUTES } from "../app/scenario.ts";
import { startAttack } from "../security/attack.ts";
import type { Attack } from "../security/attack.ts";
import type { RawBrowser, RawResponse } from "../security/browser.ts";
import { grantsIn, tokenRequests } from "../security/effects.ts";

const HOUR = 3_600_000;
const GRACE = "grace@workspace.example";
const SAME_ORIGIN = { "Sec-Fetch-Site": "same-origin" };
const ENCRYPTION_KEY = "a key of the tests, of 32 bytes or more";
/** The option `timeout` of the apps, in milliseconds. */
const TIMEOUT = 2_000;

/** An app whose store can fail, and a count of the runs of its guarded handler. */
export interface FaultyApp extends AsyncDisposable {
  readonly attack: Attack;
  readonly store: TokenStore;
  readonly runs: { count: number };
}

export async function startFaultyApp(store: TokenStore): Promise<FaultyApp> {
  const runs = { count: 0 };
  const attack = await startAttack(startOnExpress(express), {
    options: { store, encryptionKeys: [ENCRYPTION_KEY], timeout: TIMEOUT },
    errorHandler: true,
    routes: [...ROUTES, { path: "/traced", guard: { scopes: [DRIVE] }, handle: () => (runs.count += 1) }],
  });
  return { attack, store, runs, [Symbol.asyncDispose]: () => attack[Symbol.asyncDispose]() };
}

/** Expects a typed 503 with the time after which to try again. */
export function expectUnavailable({ status, headers, json }: RawResponse): void {
  expect([status, json]).toEqual([503, { error: "store_unavailable" }]);
  expect(headers["retry-after"]).toMatch(/^[1-9]\d*$/);
}

/** A failure of the store that lasts from `begin` to `end`. */
export interface Outage {
  begin(): unknown;
  end(): unknown;
  /**
   * The operations that still work: a server without memory reads and deletes. Some stores write later, after the
   * request has given up. By default nothing works.
   */
  readonly still?: readonly ("read" | "delete" | "write later")[];
}

/**
 * Signs users in, lets the store fail, and sends requests of every kind. No request may run a handler, sign a user in
 * or out unasked, or hang; users can still sign out. After the outage everything works as before, without a restart.
 */
export async function expectSurvival({ attack, store, runs }: FaultyApp, outage: Outage): Promise<void> {
  const { victim, google } = attack;
  const { still = [] } = outage;
  const [leaver, revoker, newcomer] = [attack.newBrowser(), attack.newBrowser(), attack.newBrowser()];
  await attack.signIn(victim, "/drive");
  const [victims] = await grantsOf(store);
  await attack.signIn(leaver, "/drive", { user: GRACE });
  await attack.signIn(revoker, "/drive", { user: GRACE });
  expect((await victim.call("/traced")).status).toBe(200);
  const before = await grantsOf(store);
  const after = still.includes("delete") ? before.filter(({ key }) => key.account === victims!.key.account) : before;
  google.clock.advance(HOUR);
  const { callback } = await attack.begin(newcomer, "/drive");
  runs.count = 0;

  await outage.begin();
  try {
    await endure();
  } finally {
    await outage.end();
  }
  await expectRecovery(victim, "/traced");
  if (still.includes("write later")) expect((await grantsOf(store))[0]!.grant.id).toBe(victims!.grant.id);
  else expect(await grantsOf(store)).toEqual(after);
  expect((await victim.call("/token")).json["token"]).toMatch(/^ya29\./);
  await attack.signIn(newcomer, "/drive");
  expect((await newcomer.call("/me")).json["email"]).toBe(ADA);
  await attack.signIn(leaver, "/drive", { user: GRACE });
  expect((await leaver.call("/traced")).status).toBe(200);

  async function endure(): Promise<void> {
    if (!still.includes("read")) {
      const page = await victim.open("/traced");
      expect([page.status, page.location]).toEqual([503, ""]);
      expectUnavailable(await victim.call("/traced"));
      expect(runs.count).toBe(0);
    }
    // The access token has expired, so that this request needs a lease, a response of Google's, and a write.
    expectUnavailable(await victim.call("/token"));
    const refused = await newcomer.open(callback.href);
    expect([refused.status, refused.location]).toEqual([503, ""]);
    expect((await newcomer.call("/")).json["signedIn"]).toBe(false);
    expect((await leaver.post("/signout", {}, SAME_ORIGIN)).status).toBe(303);
    expect((await revoker.post("/revoke", {}, SAME_ORIGIN)).status).toBe(still.includes("delete") ? 303 : 503);
    // If the store can be read, the grant is revoked at Google, even if the store cannot delete it.
    expect(google.requests.of("revocation")).toHaveLength(still.includes("read") ? 1 : 0);
    for (const gone of [leaver, revoker]) expect((await gone.call("/")).json["signedIn"]).toBe(false);
    expect((await victim.call("/")).json["signedIn"]).toBe(true);
  }
}

/**
 * Lets the connection fail at the write after Google's response, at a refresh and at a callback, and expects that no
 * grant is lost.
 */
export async function expectWritesSurvive(
  { attack }: FaultyApp,
  cut: (when: "before" | "after") => Promise<void>,
): Promise<void> {
  const { victim, google } = attack;
  const newcomer = attack.newBrowser();
  await attack.signIn(victim, "/drive");
  for (const when of ["before", "after"] as const) {
    google.clock.advance(HOUR);
    const refreshes = tokenRequests(attack, "refresh_token").length;
    const isCut = cut(when);
    // A client that resends its command by itself, as ioredis does, loses nothing.
    const response = await victim.call("/token");
    await isCut;
    if (response.status !== 200) expectUnavailable(response);
    await expectRecovery(victim, "/token");
    // The store has the new token, so that no second refresh is needed.
    if (when === "after") expect(tokenRequests(attack, "refresh_token").length).toBe(refreshes + 1);
    expect((await victim.call("/drive")).status).toBe(200);
  }
  for (const when of ["before", "after"] as const) {
    const { callback } = await attack.begin(newcomer, "/drive", { user: GRACE });
    const isCut = cut(when);
    const response = await newcomer.open(callback.href);
    await isCut;
    const isSignedIn = (await newcomer.call("/")).json["signedIn"];
    expect([response.status, isSignedIn]).toEqual(response.status === 503 ? [503, false] : [302, true]);
    await expectRecovery(victim, "/drive");
    await attack.signIn(newcomer, "/authorize", { user: GRACE });
    expect((await newcomer.call("/me")).json["email"]).toBe(GRACE);
    expect((await newcomer.post("/revoke", {}, SAME_ORIGIN)).status).toBe(303);
  }
}

/** Expects that the app works again by itself, once its client has connected again. */
async function expectRecovery(browser: RawBrowser, path: string): Promise<void> {
  await expect.poll(async () => (await browser.call(path)).status).toBe(200);
}

async function grantsOf(store: TokenStore) {
  const grants = await grantsIn(store);
  return grants.toSorted((a, b) => a.key.account.localeCompare(b.key.account));
}
