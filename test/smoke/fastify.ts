// oxlint-disable oxc/no-async-endpoint-handlers -- Fastify waits for them, and hands on what they throw
// Needs: @fastify/cookie, @fastify/session
//
// The README of the Fastify adapter, from nothing but the packed packages, walked through at the emulator.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import cookie from "@fastify/cookie";
import session from "@fastify/session";
import { startEmulator } from "@scopegate/emulator";
import { googleOAuth, requireScopes } from "@scopegate/fastify";
import Fastify from "fastify";

const DRIVE = "https://www.googleapis.com/auth/drive.metadata.readonly";
const CLIENT = { clientId: "smoke.apps.googleusercontent.com", clientSecret: "GOCSPX-of-the-smoke-test-0123456789" };

const emulator = await startEmulator();
const server = createServer();
server.listen(0, "localhost");
await once(server, "listening");
const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
const redirectUri = `${origin}/oauth2callback`;
emulator.addClient({ ...CLIENT, redirectUris: [redirectUri] });

const google = googleOAuth({ client: CLIENT, redirectUri, endpoints: emulator.endpoints });
const app = Fastify();
await app.register(cookie);
await app.register(session, {
  secret: "a session secret of 32 characters",
  saveUninitialized: false,
  cookie: { secure: false },
});
await app.register(google);
app.setErrorHandler(google.errorHandler);
app.get("/files", { preHandler: requireScopes(DRIVE) }, async (request) => {
  const answer = await request.googleAuth.fetch(`${emulator.apis.drive}/files`);
  return answer.json();
});
await app.ready();
server.on("request", app.routing);

const cookies = new Map<string, string>();
async function open(address: string, form?: URLSearchParams): Promise<Response> {
  const answer = await fetch(new URL(address, origin), {
    redirect: "manual",
    headers: { accept: "text/html", cookie: [...cookies].map((pair) => pair.join("=")).join("; ") },
    ...(form && { method: "POST", body: form }),
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

// A form, which the app has no parser for; and an error of Scopegate's, which Fastify hands to its handler.
const confirmation = await (await open("/signout")).text();
const form = new URLSearchParams({ token: /name="token" value="([^"]+)"/.exec(confirmation)![1]! });
emulator.revokeUser("ada@example.com");
emulator.clock.advance(3_600_000);
const dead = await open("/files");
assert.equal(dead.status, 401);
assert.equal(((await dead.json()) as { error: string }).error, "reconnect_required");
assert.equal((await open("/signout", form)).status, 303);

await app.close();
server.close();
server.closeAllConnections();
await emulator.stop();
