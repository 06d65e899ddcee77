// Needs: @hono/node-server
//
// The README of the Hono adapter, from nothing but the packed packages, walked through at the emulator.
import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { startEmulator } from "@scopegate/emulator";
import { googleOAuth, requireScopes, scopegateSession } from "@scopegate/hono";
import { Hono } from "hono";

const DRIVE = "https://www.googleapis.com/auth/drive.metadata.readonly";
const CLIENT = { clientId: "smoke.apps.googleusercontent.com", clientSecret: "GOCSPX-of-the-smoke-test-0123456789" };

const emulator = await startEmulator();
const app = new Hono();
const server = serve({ fetch: app.fetch, port: 0, hostname: "localhost" });
await once(server, "listening");
const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
const redirectUri = `${origin}/oauth2callback`;
emulator.addClient({ ...CLIENT, redirectUris: [redirectUri] });

const session = scopegateSession({ keys: [crypto.randomUUID()] });
const google = googleOAuth({ client: CLIENT, redirectUri, endpoints: emulator.endpoints, session });
app.onError(google.errorHandler);
app.use(google);
app.get("/files", requireScopes(DRIVE), async (c) => {
  const answer = await c.get("googleAuth").fetch(`${emulator.apis.drive}/files`);
  return c.json((await answer.json()) as object);
});

const cookies = new Map<string, string>();
async function open(address: string): Promise<Response> {
  const cookie = [...cookies].map((pair) => pair.join("=")).join("; ");
  const answer = await fetch(new URL(address, origin), {
    redirect: "manual",
    headers: { accept: "text/html", cookie },
  });
  for (const line of answer.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
    cookies.set(name!, value!);
  }
  return answer;
}

const refused = (await (await open("/files")).json()) as { authorizeUrl: string };
const toGoogle = await open(`${refused.authorizeUrl}&return_to=/files`);
const callback = await emulator.approve(toGoogle.headers.get("location")!, { user: "ada@example.com" });
assert.equal((await open(callback)).headers.get("location"), "/files");
const page = await open("/files");
assert.equal(page.status, 200);
assert.ok(((await page.json()) as { files: unknown[] }).files.length > 0);

server.close();
await emulator.stop();
