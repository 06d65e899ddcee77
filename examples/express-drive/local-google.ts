import { startEmulator } from "@scopegate/emulator";
import { createApp } from "./app.ts";
import type { Running } from "./demo.ts";
import { close, explainPort, listen, portFrom } from "./server.ts";
import type { ChosenStore } from "./stores.ts";

/** The app and a Google of its own, both on this machine. */
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
      // Whatever NODE_ENV says: over plain http a browser would not keep a production app's cookies.
      development: true,
      localGoogle: { url: google.url, removeAccess: (subject) => google.revokeUser(subject) },
    }),
  );
  return {
    lines: [
      `  The app           ${origin}`,
      `  Google, locally   ${google.url} (no passwords, and nothing leaves this machine)`,
      ...lines,
      "",
      "What to try",
      "  1. Sign in as Ada: the app knows who she is, and nothing else.",
      "  2. Open Calendar: Google asks for just that, and you come back to the calendar.",
      "  3. Choose what to share, and leave a box empty: that feature stays off, the rest works.",
      "  4. Remove the access at local Google, then open Drive files: the app offers to reconnect.",
      "  5. Link Grace's account, and look into her Drive; you stay signed in as Ada.",
      "  6. Revoke, sign out, clear: three ways to leave, and what each of them keeps.",
      "",
      "With a store that outlives the session: STORE=sqlite npm run demo, or redis, or postgres",
      "With your own Google account: GOOGLE_CLIENT_SECRET_FILE=client_secret.json npm run demo",
    ],
    stop: async () => {
      await Promise.all([close(server), google.stop()]);
    },
  };
}
