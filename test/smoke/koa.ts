// Needs: @koa/router, koa-session
//
// The README of the Koa adapter, from nothing but the packed packages, walked through at the emulator.
import { Router } from "@koa/router";
import { googleOAuth, requireScopes } from "@scopegate/koa";
import Koa from "koa";
import session from "koa-session";
import { DRIVE, Scene } from "./tools/scene.ts";

const scene = await Scene.start();
const app = new Koa();
app.keys = ["a session key"];
app.use(session({ sameSite: "lax" }, app));
const google = googleOAuth(scene.options);
const router = new Router();
router.use(google.routes());
router.get("/files", requireScopes(DRIVE), async (ctx) => {
  const answer = await ctx.state.googleAuth.fetch(scene.files);
  ctx.body = await answer.json();
});
app.use(router.routes());
const handle = app.callback();
scene.serve((req, res) => void handle(req, res));

await scene.seeFiles();
await scene.end();
