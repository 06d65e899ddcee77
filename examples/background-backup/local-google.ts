import { randomBytes } from "node:crypto";
import { startEmulator } from "@scopegate/emulator";

/** Starts a local Google with a few accounts. */
export async function startLocalGoogle(redirectUri: string) {
  const client = { clientId: "backup.apps.googleusercontent.com", clientSecret: "not-secret-at-all" };
  const google = await startEmulator({ clients: [{ ...client, redirectUris: [redirectUri], name: "Backup" }] });
  const [, leaving] = google.users;
  return {
    /** Options of `googleOAuth()`. An app in production sets its keys in SCOPEGATE_ENCRYPTION_KEYS. */
    options: {
      client,
      redirectUri,
      endpoints: google.endpoints,
      encryptionKeys: [randomBytes(32)],
    },
    job: { drive: google.apis.drive },
    /** Connects every local account to the app, as its user would do once in a browser. */
    async connectAllAccounts(origin: string): Promise<void> {
      for (const { sub } of google.users) {
        const redirect = await fetch(`${origin}/authorize`, { redirect: "manual" });
        const cookie = redirect.headers.getSetCookie().map((line) => line.split(";")[0]);
        const callback = await google.approve(redirect.headers.get("location")!, { user: sub });
        await fetch(callback, { redirect: "manual", headers: { cookie: cookie.join("; ") } });
      }
    },
    /** Removes the app from one Google account, as its user would do at Google. */
    removeAccess: () => google.revokeUser(leaving!.sub),
    stop: () => google.stop(),
  };
}
