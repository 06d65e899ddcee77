import { startEmulator } from "@scopegate/emulator";
import { createApp } from "./app.ts";
import type { Running } from "./demo.ts";
import { close, explainPort, listen, portFrom } from "./server.ts";
import type { ChosenStore } from "./stores.ts";

/** Starts the app and a local Google. */
export async function startWithLocalGoogle({ options, lines }: ChosenStore): Promise<Running> {
  const port = portFrom("PORT", 3000);
  const googlePort = portFrom("GOOGLE_PORT", 4000);
  const origin = `http://localhost:${port}`;
  const client = { clientId: "scopegate-demo.apps.googleusercontent.com", clientSecret: "scopegate-demo-secret" };
  const redirectUri = `${origin}/oauth2callback`;
  const server = await listen(port, "PORT");
  const google = await startEmulator({
    port: googlePort,
    clients: [{ ...client, redirectUris: [redirectUri], name: "Scopegate demo" }],
  }).catch(async (error: unknown) => {
    await close(server);
    throw explainPort(error, googlePort, "GOOGLE_PORT");
  });
  server.on(
    "request",
    createApp({
      google: { client, redirectUri, endpoints: google.endpoints, ...options },
      apis: google.apis,
      // Not from NODE_ENV: over plain http, browsers do not keep the `secure` cookies of an app in production.
      development: true,
      localGoogle: { url: google.url, removeAccess: (subject) => google.revokeUser(subject) },
    }),
  );
  return {
    lines: [
      `  App            ${origin}`,
      `  Local Google   ${google.url} (no passwords; all requests stay on this machine)`,
      ...lines,
      "",
      "Steps to try",
      "  1. Sign in as Ada. The app sees her name and e-mail address, and none of her files or events.",
      "  2. Open Calendar. Google asks for the calendar only, and you come back to it.",
      "  3. Choose features again, and clear a checkbox. That feature stays off, and the rest works.",
      "  4. Remove access at the local Google, and then open Drive files. The app offers to reconnect.",
      "  5. Link Grace's account, and open her files. You stay signed in as Ada.",
      "  6. Revoke access, sign out, or clear the session. The start page explains the difference.",
      "",
      "To keep grants in a database: STORE=sqlite npm run demo (or redis, or postgres)",
      "To use your own Google account: GOOGLE_CLIENT_SECRET_FILE=client_secret.json npm run demo",
    ],
    stop: async () => {
      await Promise.all([close(server), google.stop()]);
    },
  };
}
