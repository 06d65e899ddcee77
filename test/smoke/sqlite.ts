// The packed SQLite store: a grant is there again when the file is opened once more.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tokenStoreContract } from "@scopegate/core/store-contract";
import { asOwnerId } from "@scopegate/core/store-kit";
import { sqliteTokenStore } from "@scopegate/sqlite";

const directory = mkdtempSync(join(tmpdir(), "scopegate-smoke-"));
const path = join(directory, "grants.db");
const key = { client: "client", owner: asOwnerId("user:1"), account: "subject" };
const grant = { id: "grant", version: 1, payload: "v1.sealed" };
try {
  const first = sqliteTokenStore({ path });
  assert.equal(await first.put(key, grant, { ifVersion: 0 }), true);
  await first.close?.();
  const second = sqliteTokenStore({ path });
  assert.deepEqual(await second.get(key), grant);
  await second.close?.();
  for (const { name, run } of tokenStoreContract(() => sqliteTokenStore({ path })))
    if (/lease|ifVersion/.test(name)) await run();
  assert.throws(() => sqliteTokenStore({}), TypeError);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
