// Start this file with `npm run example background-backup`. It runs the app, a backup every minute, and a local Google.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqliteTokenStore } from "@scopegate/sqlite";
import { createApp } from "./app.ts";
import { Backups } from "./backups.ts";
import { repeat, runBackup } from "./job.ts";
import { startLocalGoogle } from "./local-google.ts";
import { printAccount, printSummary } from "./terminal.ts";

const usesGoogle = Boolean(process.env["GOOGLE_CLIENT_SECRET_FILE"]);
const seconds = Number(process.env["INTERVAL"] || 60);
if (!Number.isFinite(seconds) || seconds <= 0)
  throw new TypeError(
    `INTERVAL must be a number of seconds greater than 0, not ${JSON.stringify(process.env["INTERVAL"])}`,
  );

const server = createServer().listen(Number(process.env["PORT"] || 3000), "localhost");
await once(server, "listening");
const origin = `http://localhost:${(server.address() as AddressInfo).port}`;

// The local Google loses its grants when it stops, so the data is kept in a temporary folder that is deleted at the end.
const local = usesGoogle ? undefined : await startLocalGoogle(`${origin}/oauth2callback`);
const folder =
  local === undefined
    ? (process.env["DATA"] ?? join(import.meta.dirname, "data"))
    : mkdtempSync(join(tmpdir(), "scopegate-backup-"));
mkdirSync(folder, { recursive: true });
const store = sqliteTokenStore({ path: join(folder, "grants.db") });
const backups = new Backups(join(folder, "backups.db"));
const { app, google } = createApp({
  backups,
  google: { store, ...local?.options },
  sessionKey: process.env["SESSION_SECRET"] ?? randomBytes(32).toString("base64url"),
  tellUser: (_userId, account) =>
    console.log(`  → E-mail to the user of account ${account}: please connect again at ${origin}`),
});
server.on("request", app);
console.log(`Open ${origin} to connect an account.\nPress Ctrl+C to stop.`);

const ending = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => ending.abort());

await local?.connectAllAccounts(origin);
let runs = 0;
const job = { google, backups, signal: ending.signal, onProgress: printAccount, ...local?.job };
await repeat(
  async () => {
    // Before the second run, a user removes the app at Google. Google does not tell the app.
    if (++runs === 2) local?.removeAccess();
    printSummary(await runBackup(job));
  },
  seconds * 1000,
  ending.signal,
);

server.close();
server.closeAllConnections();
await store.close?.();
backups.close();
if (local !== undefined) {
  await local.stop();
  rmSync(folder, { recursive: true });
}
