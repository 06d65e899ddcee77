// npm run example hono-minimal: the app on port 3000, and a Google of its own beside it.
import { serve } from "@hono/node-server";
import { startEmulator } from "@scopegate/emulator";
import { createApp } from "./app.ts";

const port = Number(process.env["PORT"] ?? 3000);
const origin = `http://localhost:${port}`;
const redirectUri = `${origin}/oauth2callback`;
const client = { clientId: "hono-minimal.apps.googleusercontent.com", clientSecret: "not-secret-at-all" };

const google = await startEmulator({ clients: [{ ...client, redirectUris: [redirectUri], name: "Files on Hono" }] });
// With the variables of the README in place of these options, the same app uses Google itself.
const app = createApp({ client, redirectUri, endpoints: google.endpoints }, google.apis.drive);
const server = serve({ fetch: app.fetch, port }, () => console.log(`${origin}\nCtrl+C stops it.`));

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    server.close();
    if ("closeAllConnections" in server) server.closeAllConnections();
    void google.stop();
  });
}
