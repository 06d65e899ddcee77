// The packed store over Keyv, over Keyv's own memory.
// Needs: keyv
import assert from "node:assert/strict";
import { tokenStoreContract } from "@scopegate/core/store-contract";
import { keyvTokenStore } from "@scopegate/keyv";
import { Keyv } from "keyv";

const cases = tokenStoreContract(() => keyvTokenStore(new Keyv({ throwOnErrors: true })));
assert.ok(cases.length > 40);
for (const { run } of cases) await run();
assert.throws(() => keyvTokenStore(new Keyv()), TypeError);
