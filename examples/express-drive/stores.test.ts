import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OwnerId } from "@scopegate/core/store-kit";
import { asOwnerId } from "@scopegate/core/store-kit";
import { startEmulator } from "@scopegate/emulator";
import type { TokenStore } from "@scopegate/express";
import { describe, expect, it } from "vitest";
import { Visitor } from "../../test/harness/app/visitor.ts";
import { isMissing, SERVERS } from "../../test/harness/stores/servers.ts";
import { createApp } from "./app.ts";
import { UsageError } from "./server.ts";
import { chooseStore } from "./stores.ts";
import type { ChosenStore } from "./stores.ts";

/** Runs the demo with a store, in which a user then has grants for two accounts. Returns the key of their owner. */
async function visitDemo({ options }: ChosenStore): Promise<{ readonly client: string; readonly owner: OwnerId }> {
  const google = await startEmulator();
  const server = createServer().listen(0, "localhost");
  await once(server, "listening");
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const clientId = `demo-${(server.address() as AddressInfo).port}-${Date.now()}`;
  const client = { clientId, clientSecret: "not-secret-at-all" };
  const redirectUri = `${origin}/oauth2callback`;
  google.addClient({ ...client, redirectUris: [redirectUri] });
  server.on(
    "request",
    createApp({ google: { client, redirectUri, endpoints: google.endpoints, ...options }, apis: google.apis }),
  );
  try {
    const ada = new Visitor(origin, google);
    expect((await ada.walk("/drive")).response.text).toContain("Welcome, Ada");
    const { response } = await ada.walk("/authorize?link=1&return_to=/", { user: "grace@workspace.example" });
    expect(response.text).toContain("Unlink");
  } finally {
    server.close();
    server.closeAllConnections();
    await google.stop();
  }
  // The store names the client with its issuer, since that is not Google.
  return { client: `${clientId} at ${google.endpoints.issuer}`, owner: asOwnerId(`google:${google.users[0]!.sub}`) };
}

const [noRedis, noPostgres] = [await isMissing("redis"), await isMissing("postgres")];

describe("the demo's store", () => {
  it("is the session by default", async () => {
    const chosen = await chooseStore({});
    expect(chosen.options).toEqual({});
    await visitDemo(chosen);
  });

  it.skipIf(noRedis)("can be Redis", async () => {
    await expectGrants({ STORE: "redis", REDIS_URL: SERVERS.redis });
  });

  it.skipIf(noPostgres)("can be PostgreSQL", async () => {
    await expectGrants({ STORE: "postgres", DATABASE_URL: SERVERS.postgres });
  });

  it("can be a file", async () => {
    const folder = mkdtempSync(join(tmpdir(), "scopegate-demo-"));
    await expectGrants({ STORE: "sqlite", SQLITE_FILE: join(folder, "data", "grants.db") });
    rmSync(folder, { recursive: true });
  });

  it("rejects an unknown name and an unreachable server with an error that contains no password", async () => {
    await expect(chooseStore({ STORE: "mongodb" })).rejects.toThrow(/STORE must be session, sqlite/);
    const redis = chooseStore({ STORE: "redis", REDIS_URL: "redis://:hush@127.0.0.1:1" });
    await expect(redis).rejects.toThrow(UsageError);
    await expect(redis).rejects.toThrow(/^Redis at redis:\/\/127.0.0.1:1/);
    const postgres = chooseStore({ STORE: "postgres", DATABASE_URL: "postgres://me:hush@127.0.0.1:1/test" });
    await expect(postgres).rejects.toThrow(/^PostgreSQL at postgres:\/\/me@127/);
  });
});

/** Expects both grants in the store that the environment names, encrypted with a key of this start. */
async function expectGrants(env: Readonly<Record<string, string>>): Promise<void> {
  const chosen = await chooseStore(env);
  try {
    expect(chosen.lines.join("\n")).toContain("SCOPEGATE_ENCRYPTION_KEYS");
    const { client, owner } = await visitDemo(chosen);
    const store = chosen.options.store as TokenStore;
    const keys = await store.list(client, owner);
    expect(keys).toHaveLength(2);
    for (const key of keys) {
      expect((await store.get(key))!.payload).toMatch(/^v1\./);
      await store.delete(key);
    }
  } finally {
    await chosen.close();
  }
}
