// The packed PostgreSQL store. Where a server runs, it holds the contract.
// Needs: pg
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { tokenStoreContract } from "@scopegate/core/store-contract";
import { asOwnerId } from "@scopegate/core/store-kit";
import { migrationSql, postgresTokenStore } from "@scopegate/postgres";
import { Pool } from "pg";

// A port that nobody listens on: a store that cannot be reached rejects.
const absent = new Pool({ host: "127.0.0.1", port: 1 });
const store = postgresTokenStore({ pool: absent, schema: "auth" });
assert.deepEqual(store.capabilities, { durable: true, shared: true });
await assert.rejects(async () => store.get({ client: "client", owner: asOwnerId("user:1"), account: "subject" }));
await assert.rejects(store.migrate());
await absent.end();
assert.match(migrationSql({ schema: "auth", table: "google" }), /CREATE TABLE IF NOT EXISTS "auth"\."google_grants"/);
assert.throws(() => postgresTokenStore({ pool: absent, table: "1" }), TypeError);

const connectionString = process.env["SMOKE_POSTGRES"];
if (connectionString !== undefined) {
  const schema = `smoke_${randomUUID().replaceAll("-", "")}`;
  const pool = new Pool({ connectionString, max: 6 });
  const open = () => postgresTokenStore({ pool, schema });
  await pool.query(`CREATE SCHEMA "${schema}"`);
  await open().migrate();
  for (const { run } of tokenStoreContract(open)) await run();
  await pool.query(`DROP SCHEMA "${schema}" CASCADE`);
  await pool.end();
}
