// Jobs for users without a request: `google.forUser()`, on a store that outlives the process.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FailureEvent } from "@scopegate/core";
import { sqliteTokenStore } from "@scopegate/sqlite";
import { afterAll, describe, expect, it } from "vitest";
import { everyCell } from "../harness/app/frameworks.ts";
import { ADA, startScenario } from "../harness/app/scenario.ts";
import { tokenRequests } from "../harness/security/effects.ts";
import { startTwin } from "../harness/security/twin.ts";

const HOUR = 3600_000;
const GRACE = "grace@workspace.example";
const KEY = "a key for grants in a database of the tests";
const directory = mkdtempSync(join(tmpdir(), "scopegate-jobs-"));
let files = 0;

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

// The framework does not matter here.
const [, startApp] = everyCell[0]!;

/** An app whose user 42 has linked two accounts, the last one Grace's, and the events of its hook `failed`. */
async function startWithJobs() {
  const path = join(directory, `${files++}.db`);
  const store = sqliteTokenStore({ path });
  const failures: FailureEvent[] = [];
  const options = {
    store,
    encryptionKeys: [KEY],
    userId: () => 42,
    on: { failed: (event: FailureEvent) => void failures.push(event) },
  };
  const scenario = await startScenario(startApp, { options });
  await scenario.visitor.walk("/drive");
  await scenario.visitor.walk("/authorize?prompt=select_account", { user: GRACE });
  const { google } = scenario;
  const subOf = (email: string) => google.users.find((user) => user.email === email)!.sub;
  return {
    scenario,
    path,
    failures,
    ada: subOf(ADA),
    options,
    async [Symbol.asyncDispose]() {
      await scenario[Symbol.asyncDispose]();
      await store.close?.();
    },
  };
}

describe("a job for a user who is away", () => {
  it("gets a valid token of the named account, refreshed once and stored for the next process", async () => {
    await using jobs = await startWithJobs();
    const { scenario, path, ada, options } = jobs;
    const { app, google } = scenario;
    const before = await app.google.forUser(42, { account: ada }).getAccessToken();
    google.clock.advance(HOUR);
    const tokens = await Promise.all(
      Array.from({ length: 20 }, () => app.google.forUser(42, { account: ada }).getAccessToken()),
    );
    expect(new Set(tokens).size).toBe(1);
    expect(tokens[0]).not.toBe(before);
    expect(tokenRequests(scenario, "refresh_token")).toHaveLength(1);

    const later = sqliteTokenStore({ path });
    await using twin = await startTwin(startApp, scenario, { ...options, store: later });
    expect(await twin.app.google.forUser(42, { account: ada }).getAccessToken()).toBe(tokens[0]);
    expect(tokenRequests(scenario, "refresh_token")).toHaveLength(1);
    await later.close?.();
  });

  it("fails with `reconnect_required`, and the hook `failed` learns once which user must reconnect", async () => {
    await using jobs = await startWithJobs();
    const { scenario, ada, failures } = jobs;
    const { app, google } = scenario;
    google.revokeUser(ADA);
    google.clock.advance(HOUR);
    const calls = Array.from({ length: 20 }, () => app.google.forUser(42, { account: ada }).getAccessToken());
    for (const outcome of await Promise.allSettled(calls)) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { code: "reconnect_required" } });
    }
    expect(tokenRequests(scenario, "refresh_token")).toHaveLength(1);
    expect(failures).toEqual([expect.objectContaining({ userId: "42", account: ada })]);
    expect(failures[0]!.error.code).toBe("reconnect_required");

    // From now on the call fails without a token request and without another event.
    await expect(app.google.forUser(42, { account: ada }).getAccessToken()).rejects.toMatchObject({
      code: "reconnect_required",
    });
    expect(failures).toHaveLength(1);
    // The user's other account still works.
    expect((await app.google.forUser(42).accounts()).map(({ user }) => user.email)).toEqual([GRACE]);
    expect(await app.google.forUser(42).getAccessToken()).toMatch(/^ya29\./);
  });

  it("keeps the grant if Google cannot be reached, and calls the hook `failed`", async () => {
    await using jobs = await startWithJobs();
    const { scenario, ada, failures } = jobs;
    const { app, google } = scenario;
    google.clock.advance(HOUR);
    google.faults.add({ endpoint: "token", status: 400, body: { error: "internal_failure" }, times: Infinity });
    await expect(app.google.forUser(42, { account: ada }).getAccessToken()).rejects.toMatchObject({
      code: "temporarily_unavailable",
    });
    expect(failures.map(({ error, userId }) => [error.code, userId])).toEqual([["temporarily_unavailable", "42"]]);
    google.faults.clear();
    expect(await app.google.forUser(42, { account: ada }).getAccessToken()).toMatch(/^ya29\./);
  });
});
