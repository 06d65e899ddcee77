// The packed core, server to server: a service account against the emulator, and Google's own packages with its tokens.
// Needs: @googleapis/drive
import assert from "node:assert/strict";
import { drive } from "@googleapis/drive";
import { AuthError } from "@scopegate/core";
import { toAuthClient } from "@scopegate/core/google-auth-library";
import { applicationDefault, serviceAccount } from "@scopegate/core/service";
import type { TokenSource } from "@scopegate/core/service";
import { startEmulator } from "@scopegate/emulator";

const google = await startEmulator();
const source: TokenSource = serviceAccount({
  credentials: { ...google.serviceAccount().keyFile() },
  scopes: "https://www.googleapis.com/auth/drive.readonly",
  endpoints: google.endpoints,
});
const tokens = new Set(await Promise.all(Array.from({ length: 100 }, () => source.getAccessToken())));
assert.equal(tokens.size, 1);
assert.equal((await source.fetch(`${google.apis.drive}/files`)).status, 200);
const { data } = await drive({ version: "v3", auth: toAuthClient(source), rootUrl: `${google.url}/` }).files.list();
assert.ok(Array.isArray(data.files));
assert.equal(google.requests.of("token").length, 1);

// An error of one entry point is an error of the other.
const missing = applicationDefault({}, { HOME: "/nowhere", METADATA_SERVER_DETECTION: "none" });
await assert.rejects(
  missing.getAccessToken(),
  (error) => error instanceof AuthError && error.code === "no_default_credentials",
);
await google.stop();
