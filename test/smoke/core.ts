// The packed core by itself: its stores, its errors, and an instance without a framework.
import assert from "node:assert/strict";
import { AuthError, ERROR_TABLE, GOOGLE_ENDPOINTS, memoryTokenStore } from "@scopegate/core";
import { Scopegate } from "@scopegate/core/adapter";
import type { RequestView } from "@scopegate/core/adapter";
import { tokenStoreContract } from "@scopegate/core/store-contract";

const cases = tokenStoreContract(() => memoryTokenStore());
assert.ok(cases.length > 20);
for (const { run } of cases) await run();

const error = new AuthError("store_unavailable", { cause: new Error("connection refused") });
assert.equal(error.status, ERROR_TABLE.store_unavailable.status);
assert.deepEqual(error.toJSON(), { error: "store_unavailable" });

const scopegate = new Scopegate(
  { client: { clientId: "app.apps.googleusercontent.com", clientSecret: "GOCSPX-of-the-smoke-test" } },
  { GOOGLE_REDIRECT_URI: "https://app.example.com/oauth2callback" },
);
const cookies: string[] = [];
const request: RequestView = {
  method: "GET",
  url: "/authorize?return_to=/inbox",
  mountPath: "",
  header: (name) => (name === "host" ? "app.example.com" : undefined),
  session: {
    capabilities: { storage: "server", renewable: false },
    get: () => undefined,
    set: () => undefined,
    delete: () => undefined,
    watch: () => () => new Map(),
    regenerate: async () => undefined,
    save: async () => undefined,
  },
  userId: undefined,
  raw: undefined,
  body: async () => "",
  appendHeader: (_name, value) => cookies.push(value),
  headersSent: false,
};
const response = await scopegate.route(scopegate.scopeOf(request));
const location = new URL(response!.headers.get("location")!);
assert.equal(location.origin + location.pathname, GOOGLE_ENDPOINTS.authorization);
assert.equal(location.searchParams.get("scope"), "openid email profile");
assert.equal(location.searchParams.get("code_challenge_method"), "S256");
assert.match(cookies.join(), /^__Host-.*; HttpOnly; SameSite=Lax; .*; Secure$/);
assert.equal(scopegate.route(scopegate.scopeOf({ ...request, url: "/inbox" })), undefined);
assert.throws(() => new Scopegate({}, {}), TypeError);
