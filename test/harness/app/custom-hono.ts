import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { startEmulator } from "@scopegate/emulator";
import type { Emulator } from "@scopegate/emulator";
import { googleOAuth, scopegateSession } from "@scopegate/hono";
import type { GoogleOAuth, HonoOptions } from "@scopegate/hono";
import { Hono } from "hono";
import { CLIENT } from "./scenario.ts";
import { Visitor } from "./visitor.ts";

export const SESSION_KEYS = ["a session key of the tests, 32 characters"];

type Build = (app: Hono, google: GoogleOAuth) => void;
/** The path of the callback, and further options. */
type Settings = { callbackPath?: string; options?: Partial<HonoOptions> };

/** Options for an emulator. Registers the redirect URI there. */
export function optionsFor(emulator: Emulator, redirectUri: string, options: Partial<HonoOptions> = {}): HonoOptions {
  emulator.addClient({ ...CLIENT, redirectUris: [redirectUri] });
  const { endpoints, clock } = emulator;
  const session = scopegateSession({ keys: SESSION_KEYS });
  return { client: CLIENT, redirectUri, endpoints, session, now: () => clock.now(), ...options };
}

/** Starts a Hono app that a test builds, with a visitor. */
export async function startHono(build: Build, { callbackPath = "/oauth2callback", options }: Settings = {}) {
  const emulator = await startEmulator();
  const server = createServer();
  server.listen(0, "localhost");
  await once(server, "listening");
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const app = new Hono();
  build(app, googleOAuth(optionsFor(emulator, origin + callbackPath, options)));
  const listener = getRequestListener(app.fetch);
  server.on("request", (req, res) => void listener(req, res));
  return {
    origin,
    emulator,
    visitor: new Visitor(origin, emulator),
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
      await emulator.stop();
    },
  };
}
