import { readFileSync } from "node:fs";
import { createApp } from "./app.ts";
import type { Running } from "./demo.ts";
import { close, listen, portFrom, UsageError } from "./server.ts";
import type { ChosenStore } from "./stores.ts";

/** Starts the app with the real Google, as `GOOGLE_CLIENT_SECRET_FILE` and `GOOGLE_REDIRECT_URI` configure it. */
export async function startWithRealGoogle({ options, lines }: ChosenStore): Promise<Running> {
  // The app is created first, because Scopegate checks the client file and explains its errors.
  const app = createApp({ google: options });
  const redirectUri = new URL(redirectUriOf(process.env));
  const isLocal = redirectUri.protocol === "http:";
  const registered = Number(redirectUri.port || 80);
  const port = portFrom("PORT", isLocal ? registered : 3000);
  if (isLocal && process.env["NODE_ENV"] === "production") {
    throw new UsageError(
      `NODE_ENV is production, so the session cookie requires https, but the redirect URI is ${redirectUri.href}. ` +
        "Unset NODE_ENV, or register an https redirect URI.",
    );
  }
  if (isLocal && port !== registered) {
    throw new UsageError(
      `PORT is ${port}, but the redirect URI is ${redirectUri.href}. Unset PORT, or register another redirect URI ` +
        "for the OAuth client and set GOOGLE_REDIRECT_URI to it.",
    );
  }
  const server = await listen(port, "PORT");
  server.on("request", app);
  return {
    lines: [
      `  App            ${redirectUri.origin}${isLocal ? "" : `, served by http://localhost:${port}`}`,
      "  Real Google    Sign in with your own account. The app only reads data.",
      ...lines,
      "",
      "In the Google Cloud console, enable the Google Drive API and the Google Calendar API for the client's project.",
      `Add exactly this address to the authorized redirect URIs of the client: ${redirectUri.href}`,
    ],
    stop: () => close(server),
  };
}

/** The redirect URI that Scopegate uses. It has already checked that there is exactly one. */
function redirectUriOf(env: NodeJS.ProcessEnv): string {
  if (env["GOOGLE_REDIRECT_URI"]) return env["GOOGLE_REDIRECT_URI"];
  const file = JSON.parse(readFileSync(env["GOOGLE_CLIENT_SECRET_FILE"]!, "utf8").replace(/^\uFEFF/, "")) as Record<
    string,
    { readonly redirect_uris: readonly string[] }
  >;
  return (file["web"] ?? file["installed"])!.redirect_uris[0]!;
}
