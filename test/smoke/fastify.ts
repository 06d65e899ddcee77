// oxlint-disable oxc/no-async-endpoint-handlers -- Fastify waits for them, and hands on what they throw
// Needs: @fastify/cookie, @fastify/session
//
// The README of the Fastify adapter, from nothing but the packed packages, walked through at the emulator.
import assert from "node:assert/strict";
import cookie from "@fastify/cookie";
import session from "@fastify/session";
import { googleOAuth, requireScopes } from "@scopegate/fastify";
import Fastify from "fastify";
import { DRIVE, Scene } from "./tools/scene.ts";

const scene = await Scene.start();
const google = googleOAuth(scene.options);
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
  const answer = await request.googleAuth.fetch(scene.files);
  return answer.json();
});
await app.ready();
scene.serve(app.routing);

await scene.seeFiles();

// A form, which the app has no parser for; and an error of Scopegate's, which Fastify hands to its handler.
const confirmation = await (await scene.open("/signout")).text();
const form = new URLSearchParams({ token: /name="token" value="([^"]+)"/.exec(confirmation)![1]! });
scene.emulator.revokeUser("ada@example.com");
scene.emulator.clock.advance(3_600_000);
const dead = await scene.open("/files");
assert.equal(dead.status, 401);
assert.equal(((await dead.json()) as { error: string }).error, "reconnect_required");
assert.equal((await scene.open("/signout", form)).status, 303);

await app.close();
await scene.end();
