// oxlint-disable oxc/no-async-endpoint-handlers -- Express 5 passes errors of async handlers to its error handlers
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { startEmulator } from "@scopegate/emulator";
import type { Emulator } from "@scopegate/emulator";
import { googleOAuth, requireScopes } from "@scopegate/express";
import { serviceAccount } from "@scopegate/express/service";
import express from "express";
import session from "express-session";

/** The app and a local Google, both running. */
export interface RunningApp extends AsyncDisposable {
  readonly origin: string;
  readonly google: Emulator;
}

const SCOPE = "https://www.googleapis.com/auth/drive.metadata.readonly";

/**
 * Starts an app with two routes: one shows the files of the user, the other one the files of the app's service account. The
 * app contains no code for OpenTelemetry.
 */
export async function startApp(): Promise<RunningApp> {
  const server = createServer();
  server.listen(0, "localhost");
  await once(server, "listening");
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const redirectUri = `${origin}/oauth2callback`;
  const client = { clientId: "telemetry-example", clientSecret: "not-secret-at-all", redirectUris: [redirectUri] };
  const google = await startEmulator({ clients: [client] });
  const { endpoints } = google;
  const now = () => google.clock.now();
  const credentials = { ...google.serviceAccount().keyFile() };
  const service = serviceAccount({ credentials, scopes: SCOPE, endpoints, now });
  const oauth = googleOAuth({ client, redirectUri, endpoints, service, now });

  const app = express();
  app.use(session({ secret: crypto.randomUUID(), resave: false, saveUninitialized: false }));
  app.use(oauth);
  app.get("/files", requireScopes(SCOPE), async (req, res) => {
    const response = await req.googleAuth.fetch(`${google.apis.drive}/files`);
    res.json(await response.json());
  });
  app.get("/shared", async (req, res) => {
    const response = await req.googleAuth.service.fetch(`${google.apis.drive}/files`);
    res.json(await response.json());
  });
  app.use(oauth.errorHandler);
  server.on("request", app);
  return {
    origin,
    google,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await google.stop();
    },
  };
}
