import { randomBytes } from "node:crypto";
import { startEmulator } from "@scopegate/emulator";

/** A Google of this machine, and people who have accounts there. */
export async function startLocalGoogle(redirectUri: string) {
  const client = { clientId: "backup.apps.googleusercontent.com", clientSecret: "not-secret-at-all" };
  const google = await startEmulator({ clients: [{ ...client, redirectUris: [redirectUri], name: "Backup" }] });
  const [, leaving] = google.users;
  return {
    /** Options of `googleOAuth()`. An app in production has keys of its own in SCOPEGATE_ENCRYPTION_KEYS. */
    options: {
      client,
      redirectUri,
      endpoints: google.endpoints,
      encryptionKeys: [randomBytes(32)],
    },
    job: { drive: google.apis.drive },
    /** Everybody with an account comes by once, connects it, and goes away. */
    async connectEverybody(origin: string): Promise<void> {
      for (const { sub } of google.users) {
        const asked = await fetch(`${origin}/authorize`, { redirect: "manual" });
        const cookie = asked.headers.getSetCookie().map((line) => line.split(";")[0]);
        const callback = await google.approve(asked.headers.get("location")!, { user: sub });
        await fetch(callback, { redirect: "manual", headers: { cookie: cookie.join("; ") } });
      }
    },
    /** One of them removes the app at their Google account. */
    removeAccess: () => google.revokeUser(leaving!.sub),
    stop: () => google.stop(),
  };
}
