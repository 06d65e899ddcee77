import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { startEmulator } from "@scopegate/emulator";
import type { Emulator } from "@scopegate/emulator";
import { googleOAuth } from "@scopegate/express";
import type { GoogleOAuth, ScopegateOptions } from "@scopegate/express";
import express from "express";
import type { Express } from "express";
import session from "express-session";
import { CLIENT } from "../harness/app/scenario.ts";

/** An app on Express that a test gives its own pages, with its Google. */
export interface PlainApp extends AsyncDisposable {
  readonly origin: string;
  readonly google: Emulator;
}

/**
 * Starts an app on Express.
 * @param addPages - adds the app's pages behind Scopegate
 * @param addFirst - adds middleware before Scopegate
 */
export async function startPlainApp(
  addPages: (app: Express, google: GoogleOAuth) => void,
  options: Partial<ScopegateOptions> = {},
  addFirst: (app: Express) => void = () => undefined,
): Promise<PlainApp> {
  const google = await startEmulator();
  const server = createServer();
  server.listen(0, "localhost");
  await once(server, "listening");
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const redirectUri = `${origin}/oauth2callback`;
  google.addClient({ ...CLIENT, redirectUris: [redirectUri], name: "Tests" });
  const scopegate = googleOAuth({ client: CLIENT, redirectUri, endpoints: google.endpoints, ...options });
  const app = express();
  addFirst(app);
  app.use(session({ secret: "a session secret of the tests", resave: false, saveUninitialized: false }), scopegate);
  addPages(app, scopegate);
  server.on("request", app);
  return {
    origin,
    google,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
      await google.stop();
    },
  };
}
