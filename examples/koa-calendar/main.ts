// Start this file with `npm run example koa-calendar`. It runs the app on port 3000 and a local Google.
import { startEmulator } from "@scopegate/emulator";
import { createApp } from "./app.ts";

const port = Number(process.env["PORT"] ?? 3000);
const origin = `http://localhost:${port}`;
const redirectUri = `${origin}/oauth2callback`;
const client = { clientId: "koa-calendar.apps.googleusercontent.com", clientSecret: "not-secret-at-all" };

const google = await startEmulator({ clients: [{ ...client, redirectUris: [redirectUri], name: "Calendar on Koa" }] });
const app = createApp({
  // Without these options, and with the variables in the README, the same app uses the real Google.
  google: { client, redirectUri, endpoints: google.endpoints },
  calendarApi: google.apis.calendar,
});
const server = app.listen(port, () => console.log(`Open ${origin}\nPress Ctrl+C to stop.`));

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    server.close();
    server.closeAllConnections();
    void google.stop();
  });
}
