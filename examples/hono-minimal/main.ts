// Start this file with `npm run example hono-minimal`. It runs the app on port 3000 and a local Google.
import { serve } from "@hono/node-server";
import { startEmulator } from "@scopegate/emulator";
import { createApp } from "./app.ts";

const port = Number(process.env["PORT"] ?? 3000);
const origin = `http://localhost:${port}`;
const redirectUri = `${origin}/oauth2callback`;
const client = { clientId: "hono-minimal.apps.googleusercontent.com", clientSecret: "not-secret-at-all" };

const google = await startEmulator({ clients: [{ ...client, redirectUris: [redirectUri], name: "Files on Hono" }] });
// Without these options, and with the variables in the README, the same app uses the real Google.
const app = createApp({ client, redirectUri, endpoints: google.endpoints }, google.apis.drive);
const server = serve({ fetch: app.fetch, port }, () => console.log(`Open ${origin}\nPress Ctrl+C to stop.`));

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    server.close();
    if ("closeAllConnections" in server) server.closeAllConnections();
    void google.stop();
  });
}
