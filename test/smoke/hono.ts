// Needs: @hono/node-server
//
// The README of the Hono adapter, from nothing but the packed packages, walked through at the emulator.
import { getRequestListener } from "@hono/node-server";
import { googleOAuth, requireScopes, scopegateSession } from "@scopegate/hono";
import { Hono } from "hono";
import { DRIVE, Scene } from "./tools/scene.ts";

const scene = await Scene.start();
const app = new Hono();
const session = scopegateSession({ keys: [crypto.randomUUID()] });
const google = googleOAuth({ ...scene.options, session });
app.onError(google.errorHandler);
app.use(google);
app.get("/files", requireScopes(DRIVE), async (c) => {
  const answer = await c.get("googleAuth").fetch(scene.files);
  return c.json((await answer.json()) as object);
});
const listener = getRequestListener(app.fetch);
scene.serve((req, res) => void listener(req, res));

await scene.seeFiles();
await scene.end();
