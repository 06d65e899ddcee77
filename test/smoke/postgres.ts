// The packed PostgreSQL store, as far as it goes without a server.
// Needs: pg
import assert from "node:assert/strict";
import { asOwnerId } from "@scopegate/core/store-kit";
import { migrationSql, postgresTokenStore } from "@scopegate/postgres";
import { Pool } from "pg";

// A port that nobody listens on: a store that cannot be reached rejects.
const pool = new Pool({ host: "127.0.0.1", port: 1 });
const store = postgresTokenStore({ pool, schema: "auth" });
assert.deepEqual(store.capabilities, { durable: true, shared: true });
await assert.rejects(async () => store.get({ client: "client", owner: asOwnerId("user:1"), account: "subject" }));
await assert.rejects(store.migrate());
await pool.end();
assert.match(migrationSql({ schema: "auth", table: "google" }), /CREATE TABLE IF NOT EXISTS "auth"\."google_grants"/);
assert.throws(() => postgresTokenStore({ pool, table: "1" }), TypeError);
