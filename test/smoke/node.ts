// The README of the adapter for Node's own http, from nothing but the packed packages, walked through at the emulator.
import { googleOAuth, requireScopes, scopegateSession } from "@scopegate/node";
import { DRIVE, Scene } from "./tools/scene.ts";

const scene = await Scene.start();
const session = scopegateSession({ keys: ["a session key of the smoke test, 32 characters"] });
const google = googleOAuth({ ...scene.options, session });
const files = requireScopes(DRIVE);
scene.serve(
  google.listener(async (req, res) => {
    if (req.url !== "/files") return res.writeHead(404).end();
    if (!(await files.passes(req, res))) return undefined;
    const answer = await req.googleAuth.fetch(scene.files);
    return res.setHeader("Content-Type", "application/json").end(await answer.text());
  }),
);

await scene.seeFiles();
await scene.end();
