// npm run example koa-calendar: the app on port 3000, and a Google of its own beside it.
import { startEmulator } from "@scopegate/emulator";
import { createApp } from "./app.ts";

const port = Number(process.env["PORT"] ?? 3000);
const origin = `http://localhost:${port}`;
const redirectUri = `${origin}/oauth2callback`;
const client = { clientId: "koa-calendar.apps.googleusercontent.com", clientSecret: "not-secret-at-all" };

const google = await startEmulator({ clients: [{ ...client, redirectUris: [redirectUri], name: "Calendar on Koa" }] });
const app = createApp({
  // With the variables of the README in place of these options, the same app uses Google itself.
  google: { client, redirectUri, endpoints: google.endpoints },
  calendarApi: google.apis.calendar,
});
const server = app.listen(port, () => console.log(`${origin}\nCtrl+C stops it.`));

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    server.close();
    server.closeAllConnections();
    void google.stop();
  });
}
