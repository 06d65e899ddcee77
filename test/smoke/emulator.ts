// The packed emulator: as a library, and as the command that it installs.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { startEmulator } from "@scopegate/emulator";

const DRIVE = "https://www.googleapis.com/auth/drive.metadata.readonly";

const google = await startEmulator();
const [client] = google.clients;
const redirectUri = client!.redirectUris[0]!;
const authorization = new URL(google.endpoints.authorization);
authorization.search = new URLSearchParams({
  client_id: client!.clientId,
  redirect_uri: redirectUri,
  response_type: "code",
  scope: `openid email ${DRIVE}`,
  access_type: "offline",
  state: "some state",
}).toString();
const callback = new URL(await google.approve(authorization, { user: "grace@workspace.example" }));
assert.equal(callback.searchParams.get("state"), "some state");

async function askForTokens(form: Record<string, string>): Promise<Record<string, string>> {
  const credentials = { client_id: client!.clientId, client_secret: client!.clientSecret };
  const body = new URLSearchParams({ ...credentials, ...form });
  const response = await fetch(google.endpoints.token, { method: "POST", body });
  assert.equal(response.status, 200);
  return (await response.json()) as Record<string, string>;
}
const code = callback.searchParams.get("code")!;
const tokens = await askForTokens({ grant_type: "authorization_code", code, redirect_uri: redirectUri });
const refreshed = await askForTokens({ grant_type: "refresh_token", refresh_token: tokens["refresh_token"]! });
const headers = { authorization: `Bearer ${refreshed["access_token"]}` };
const files = await fetch(`${google.apis.drive}/files`, { headers });
assert.ok(((await files.json()) as { files: unknown[] }).files.length > 0);
assert.equal(google.requests.of("token").length, 2);
await google.stop();

// The command, as a shell finds it after `npm install`; on the Node.js that runs this.
const command = join("node_modules", ".bin", "scopegate-emulator");
const env = { ...process.env, PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter) };
assert.match(execFileSync(command, ["--help"], { env, encoding: "utf8" }), /^Usage: scopegate-emulator/);

const appUri = "http://localhost:4321/oauth2callback";
const keyPath = join(mkdtempSync(join(tmpdir(), "scopegate-")), "key.json");
const running = spawn(command, ["--port", "0", "--redirect-uri", appUri, "--service-account", keyPath], {
  env,
  stdio: ["ignore", "pipe", "inherit"],
});
const printed: string[] = [];
for await (const line of createInterface(running.stdout)) {
  printed.push(line);
  if (line.startsWith("Ctrl+C")) break;
}
const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(printed[0]!)!;
assert.ok(printed.includes(`  GOOGLE_REDIRECT_URI=${appUri}`));
const key = JSON.parse(readFileSync(keyPath, "utf8")) as Record<string, string>;
rmSync(dirname(keyPath), { recursive: true });
assert.ok(printed.includes(`  GOOGLE_APPLICATION_CREDENTIALS=${keyPath}`));
assert.equal(key["token_uri"], `${url}/token`);
const [, metadataHost] = /GCE_METADATA_HOST=(\S+)/.exec(printed.join("\n"))!;
const metadata = await fetch(`http://${metadataHost}/computeMetadata/v1/instance/service-accounts/default/email`, {
  headers: { "metadata-flavor": "Google" },
});
assert.equal(await metadata.text(), key["client_email"]);
const discovery = await fetch(`${url}/.well-known/openid-configuration`);
assert.equal(((await discovery.json()) as { issuer: string }).issuer, url);
running.kill("SIGTERM");
assert.deepEqual(await once(running, "exit"), [0, null]);
