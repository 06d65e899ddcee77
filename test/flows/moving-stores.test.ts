// An app that changes from the session token store to a durable one keeps the grants of its signed-in users.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ScopegateOptions } from "@scopegate/core";
import { sqliteTokenStore } from "@scopegate/sqlite";
import { afterAll, describe, expect, it } from "vitest";
import { everyCell } from "../harness/app/frameworks.ts";
import { isWrittenWhole } from "../harness/app/matrix.ts";
import { ADA, CLIENT, ROUTES, startScenario } from "../harness/app/scenario.ts";
import type { Scenario } from "../harness/app/scenario.ts";
import { Visitor } from "../harness/app/visitor.ts";
import { grantsIn, tokenRequests } from "../harness/security/effects.ts";

const HOUR = 3600_000;
const KEY = "a key for grants in a database of the tests";
const directory = mkdtempSync(join(tmpdir(), "scopegate-moving-"));
let files = 0;

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

const CONTENT = {
  path: "/content",
  handle: (_auth: unknown, session: Record<string, unknown>) =>
    Object.fromEntries(Object.entries(session).filter(([name]) => name.startsWith("scopegate:"))),
};
/** Copies the content of another session: the app's session store stays when its token store changes. */
let moved: Record<string, unknown> = {};
const MOVE = {
  path: "/move",
  handle: (_auth: unknown, session: Record<string, unknown>) => {
    Object.assign(session, moved);
    return null;
  },
};
const routes = [...ROUTES, CONTENT, MOVE];

// These sessions let the app write all of the content, and so copy it from another app.
describe.each(everyCell.filter(isWrittenWhole))("moving from the session store on %s", (_name, startApp) => {
  /** A visitor who signed in before the change, and the app after the change. */
  async function startMoved(options: ScopegateOptions = {}) {
    const before = await startScenario(startApp, { routes, options });
    const { google } = before;
    await before.visitor.walk("/drive");
    moved = (await before.visitor.call("/content")).body as Record<string, unknown>;
    const store = sqliteTokenStore({ path: join(directory, `${files++}.db`) });
    const app = await startApp({
      routes,
      options: (origin) => {
        const redirectUri = `${origin}/oauth2callback`;
        const client = google.clients.find(({ clientId }) => clientId === CLIENT.clientId)!;
        google.addClient({ ...client, redirectUris: [...client.redirectUris, redirectUri] });
        const shared = { client: CLIENT, redirectUri, endpoints: google.endpoints, now: () => google.clock.now() };
        return { ...shared, ...options, store, encryptionKeys: [KEY, CLIENT.clientSecret] };
      },
    });
    const visitor = new Visitor(app.origin, google);
    await visitor.call("/move");
    const after: Scenario = {
      ...before,
      app,
      visitor,
      async [Symbol.asyncDispose]() {
        await app.stop();
        await store.close?.();
        await before[Symbol.asyncDispose]();
      },
    };
    return { after, store };
  }

  it("moves the grant of a signed-in user from the session into the store", async () => {
    const { after, store } = await startMoved();
    await using scenario = after;
    const { google, visitor } = scenario;
    expect(await grantsIn(store)).toEqual([]);
    google.requests.clear();
    expect((await visitor.call("/drive")).body).toMatchObject({ page: "drive", email: ADA });
    expect(google.requests).toHaveLength(0);
    expect(await grantsIn(store)).toHaveLength(1);
    expect(JSON.stringify((await visitor.call("/content")).body)).not.toContain("payload");

    // The refresh token has moved too, so that the grant outlives its access token.
    google.clock.advance(HOUR);
    expect((await visitor.call("/token")).status).toBe(200);
    expect(tokenRequests(scenario, "refresh_token")).toHaveLength(1);
  });

  it("makes the grant of a user of the app available to jobs", async () => {
    const { after } = await startMoved({ userId: () => "user-1" });
    await using scenario = after;
    await scenario.visitor.call("/drive");
    const [account] = await scenario.app.google.forUser("user-1").accounts();
    expect(account!.user.email).toBe(ADA);
  });

  it("keeps the grant that the store has already, and removes the one in the session", async () => {
    const { after, store } = await startMoved();
    await using scenario = after;
    const { visitor } = scenario;
    await visitor.walk("/authorize?prompt=consent");
    const [own] = await grantsIn(store);
    await visitor.call("/move");
    expect((await visitor.call("/drive")).body).toMatchObject({ page: "drive" });
    expect(await grantsIn(store)).toEqual([own]);
    expect(JSON.stringify((await visitor.call("/content")).body)).not.toContain("payload");
  });

  it("does not restore a grant that was revoked after the move", async () => {
    const { after, store } = await startMoved();
    await using scenario = after;
    const { visitor } = scenario;
    await visitor.call("/drive");
    await visitor.post("/revoke", {}, { "Sec-Fetch-Site": "same-origin" });
    // A slow request can write the old session back.
    await visitor.call("/move");
    expect((await visitor.call("/drive")).status).toBe(401);
    expect(await grantsIn(store)).toEqual([]);
  });
});
