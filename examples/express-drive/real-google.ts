import { readFileSync } from "node:fs";
import { createApp } from "./app.ts";
import type { Running } from "./demo.ts";
import { close, listen, portFrom, UsageError } from "./server.ts";
import type { ChosenStore } from "./stores.ts";

/** The app with Google itself, as `GOOGLE_CLIENT_SECRET_FILE` and `GOOGLE_REDIRECT_URI` say. */
export async function startWithRealGoogle({ options, lines }: ChosenStore): Promise<Running> {
  // First: whatever is wrong with the client file is said best by Scopegate.
  const app = createApp({ google: options });
  const redirectUri = new URL(redirectUriOf(process.env));
  const isLocal = redirectUri.protocol === "http:";
  const registered = Number(redirectUri.port || 80);
  const port = portFrom("PORT", isLocal ? registered : 3000);
  if (isLocal && process.env["NODE_ENV"] === "production") {
    throw new UsageError(
      `With NODE_ENV=production cookies need https, but Google sends people back to ${redirectUri.href}. ` +
        "Leave NODE_ENV away, or register an https redirect URI.",
    );
  }
  if (isLocal && port !== registered) {
    throw new UsageError(
      `PORT is ${port}, but Google sends people back to ${redirectUri.href}. Leave PORT away, or register another ` +
        "redirect URI with the OAuth client and name it in GOOGLE_REDIRECT_URI.",
    );
  }
  const server = await listen(port, "PORT");
  server.on("request", app);
  return {
    lines: [
      `  The app   ${redirectUri.origin}${isLocal ? "" : ` (from http://localhost:${port})`}`,
      "  Google    the real one: sign in with your own account; the app only reads",
      ...lines,
      "",
      "In the Google Cloud console, the client's project needs the Google Drive API and the Google Calendar API",
      `enabled, and the client this authorized redirect URI, letter for letter: ${redirectUri.href}`,
    ],
    stop: () => close(server),
  };
}

/** As Scopegate finds it; by now it is known to be there, and to be the only one. */
function redirectUriOf(env: NodeJS.ProcessEnv): string {
  if (env["GOOGLE_REDIRECT_URI"]) return env["GOOGLE_REDIRECT_URI"];
  const file = JSON.parse(readFileSync(env["GOOGLE_CLIENT_SECRET_FILE"]!, "utf8").replace(/^\uFEFF/, "")) as Record<
    string,
    { readonly redirect_uris: readonly string[] }
  >;
  return (file["web"] ?? file["installed"])!.redirect_uris[0]!;
}
