// What an app and its users go through while its token store fails, and what they find when it is back.
import type { TokenStore } from "@scopegate/core";
import express from "express";
import { expect } from "vitest";
import { startOnExpress } from "../app/express.ts";
import { ADA, DRIVE, ROUTES } from "../app/scenario.ts";
import { startAttack } from "../security/attack.ts";
import type { Attack } from "../security/attack.ts";
import type { RawAnswer, RawBrowser } from "../security/browser.ts";
import { grantsIn, tokenRequests } from "../security/effects.ts";

const HOUR = 3_600_000;
const GRACE = "grace@workspace.example";
const SAME_ORIGIN = { "Sec-Fetch-Site": "same-origin" };
const ENCRYPTION_KEY = "a key of the tests, of 32 bytes or more";
/** The option `timeout` of the apps, in milliseconds. */
const TIMEOUT = 1_000;
/** Beyond what the store may take: what a busy machine is slow at. What hangs, hangs for longer. */
const SLACK = 4_000;

/** An app whose store can fail, and what its guarded handler has done. */
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

/** A typed 503 that says when to come back. */
export function expectUnavailable({ status, headers, json }: RawAnswer): void {
  expect([status, json]).toEqual([503, { error: "store_unavailable" }]);
  expect(headers["retry-after"]).toMatch(/^[1-9]\d*$/);
}

/** A failure of the store that lasts until it is ended. */
export interface Outage {
  begin(): unknown;
  end(): unknown;
  /**
   * What the store still does: a server without memory reads and deletes. Some write later, when they can, what nobody
   * waits for any more. Default nothing.
   */
  readonly still?: readonly ("read" | "delete" | "write later")[];
}

/**
 * Signs users in, lets the store fail, and sends requests of every kind: none runs a handler, signs anybody in or out
 * against their will, or waits without end; who wants to leave can. Then all is as it was, by itself.
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
      const page = await soon(victim.open("/traced"));
      expect([page.status, page.location]).toEqual([503, ""]);
      expectUnavailable(await soon(victim.call("/traced")));
      expect(runs.count).toBe(0);
    }
    // The access token has expired: this needs a lease, an answer of Google's, and a write.
    expectUnavailable(await soon(victim.call("/token")));
    const refused = await soon(newcomer.open(callback.href));
    expect([refused.status, refused.location]).toEqual([503, ""]);
    expect((await newcomer.call("/")).json["signedIn"]).toBe(false);
    expect((await soon(leaver.post("/signout", {}, SAME_ORIGIN))).status).toBe(303);
    expect((await soon(revoker.post("/revoke", {}, SAME_ORIGIN))).status).toBe(still.includes("delete") ? 303 : 503);
    // Where the grant can be read, it ends at Google, whatever becomes of it here.
    expect(google.requests.of("revocation")).toHaveLength(still.includes("read") ? 1 : 0);
    for (const gone of [leaver, revoker]) expect((await gone.call("/")).json["signedIn"]).toBe(false);
    expect((await victim.call("/")).json["signedIn"]).toBe(true);
  }
}

/**
 * Lets the connection fail at the write that a request makes after Google has answered, and expects that no grant is
 * lost by it: at a refresh, and at a callback.
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
    const asked = tokenRequests(attack, "refresh_token").length;
    const isCut = cut(when);
    // A client that sends its command again by itself, as ioredis does, loses nothing.
    const answer = await soon(victim.call("/token"));
    await isCut;
    if (answer.status !== 200) expectUnavailable(answer);
    await expectRecovery(victim, "/token");
    // What has been written need not be asked for again.
    if (when === "after") expect(tokenRequests(attack, "refresh_token").length).toBe(asked + 1);
    expect((await victim.call("/drive")).status).toBe(200);
  }
  for (const when of ["before", "after"] as const) {
    const { callback } = await attack.begin(newcomer, "/drive", { user: GRACE });
    const isCut = cut(when);
    const answer = await soon(newcomer.open(callback.href));
    await isCut;
    const isSignedIn = (await newcomer.call("/")).json["signedIn"];
    expect([answer.status, isSignedIn]).toEqual(answer.status === 503 ? [503, false] : [302, true]);
    await expectRecovery(victim, "/drive");
    await attack.signIn(newcomer, "/authorize", { user: GRACE });
    expect((await newcomer.call("/me")).json["email"]).toBe(GRACE);
    expect((await newcomer.post("/revoke", {}, SAME_ORIGIN)).status).toBe(303);
  }
}

/** An answer that comes within the store's time, and three tenths of it for what asks again and again. */
async function soon(answer: Promise<RawAnswer>): Promise<RawAnswer> {
  const began = performance.now();
  const came = await answer;
  expect(performance.now() - began).toBeLessThan(1.3 * TIMEOUT + SLACK);
  return came;
}

async function expectRecovery(browser: RawBrowser, path: string): Promise<void> {
  const statusOf = async () => (await browser.call(path)).status;
  await expect.poll(statusOf, { timeout: 8_000, interval: 50 }).toBe(200);
}

async function grantsOf(store: TokenStore) {
  const grants = await grantsIn(store);
  return grants.toSorted((a, b) => a.key.account.localeCompare(b.key.account));
}
