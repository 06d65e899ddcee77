import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { startEmulator } from "@scopegate/emulator";
import { sqliteTokenStore } from "@scopegate/sqlite";
import { describe, expect, it } from "vitest";
import { Visitor } from "../../test/harness/app/visitor.ts";
import type { BackupOrder } from "../../test/harness/backup-process.ts";
import { createApp } from "./app.ts";
import { Backups } from "./backups.ts";
import { runBackup } from "./job.ts";
import type { JobParts } from "./job.ts";

const CHILD = join(import.meta.dirname, "../../test/harness/backup-process.ts");
const ADA = "ada@example.com";
const GRACE = "grace@workspace.example";
const HOUR = 3600_000;

/** The app with users who have connected their accounts, and a count of the concurrent API calls. */
async function startBackup(users = 3) {
  const folder = mkdtempSync(join(tmpdir(), "scopegate-backup-test-"));
  const google = await startEmulator();
  for (let number = google.users.length; number < users; number++) {
    google.addUser({
      sub: `2${String(number).padStart(20, "0")}`,
      email: `user-${number}@example.com`,
      name: `User ${number}`,
    });
  }
  const server = createServer().listen(0, "localhost");
  await once(server, "listening");
  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const client = { clientId: "backup", clientSecret: "not-secret-at-all" };
  const redirectUri = `${origin}/oauth2callback`;
  google.addClient({ ...client, redirectUris: [redirectUri] });
  const options = { client, redirectUri, endpoints: { ...google.endpoints }, encryptionKeys: ["k".repeat(32)] };
  const order: BackupOrder = {
    grants: join(folder, "grants.db"),
    backups: join(folder, "backups.db"),
    drive: google.apis.drive,
    options,
  };
  const store = sqliteTokenStore({ path: order.grants });
  const backups = new Backups(order.backups);
  const told: string[] = [];
  const calls = { now: 0, most: 0 };
  const { app, google: scopegate } = createApp({
    backups,
    google: {
      ...options,
      store,
      now: () => google.clock.now(),
      fetch: async (...call) => {
        calls.most = Math.max(calls.most, ++calls.now);
        return fetch(...call).finally(() => calls.now--);
      },
    },
    sessionKey: "the session key of these tests, long enough to be valid",
    tellUser: (_userId, account) => void told.push(account),
  });
  server.on("request", app);
  const visitors = new Map<string, Visitor>();
  for (const { email } of google.users) {
    const visitor = new Visitor(origin, google);
    await visitor.walk("/authorize?return_to=/", { user: email });
    visitors.set(email, visitor);
  }
  const parts: JobParts = { google: scopegate, backups, drive: google.apis.drive, now: () => google.clock.now() };
  return {
    google,
    backups,
    told,
    calls,
    order,
    visitor: (email: string) => visitors.get(email)!,
    subOf: (email: string) => google.users.find((user) => user.email === email)!.sub,
    run: (more: Partial<JobParts> = {}) => runBackup({ ...parts, ...more }),
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      backups.close();
      await store.close?.();
      await google.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

describe("the backup of users without a request", () => {
  it("reads the files of all users, a few accounts at a time, with refreshed tokens", async () => {
    await using backup = await startBackup(12);
    const { google, backups, calls, run } = backup;
    google.clock.advance(HOUR);
    google.faults.add({ endpoint: "drive", delay: 20, times: Infinity });
    const now = google.clock.now();
    expect(await run({ concurrency: 4, now: () => now })).toEqual({ done: 12, reconnect: 0, failed: 0 });
    expect(calls.most).toBe(4);
    for (const { sub, email, name } of google.users) {
      expect(backups.filesOf(sub, sub), email).toBeGreaterThan(0);
      expect(backups.accountsOf(sub), name).toMatchObject([{ email, state: "active", backedUpAt: now }]);
    }
  });

  it("goes on after a user removed the access at Google: the user is told once, skipped, and included after reconnecting", async () => {
    await using backup = await startBackup();
    const { google, told, visitor, subOf, run } = backup;
    await run();
    google.revokeUser(GRACE);
    google.clock.advance(HOUR);
    expect(await run()).toEqual({ done: 2, reconnect: 1, failed: 0 });
    expect(told).toEqual([subOf(GRACE)]);

    google.requests.clear();
    google.clock.advance(HOUR);
    expect(await run()).toEqual({ done: 2, reconnect: 0, failed: 0 });
    expect(told).toHaveLength(1);
    expect(google.requests.of("token")).toHaveLength(2);

    const page = await visitor(GRACE).open("/");
    const reconnect = /<a href="([^"]*)">Reconnect/.exec(page.text)![1]!.replaceAll("&#38;", "&");
    expect((await visitor(GRACE).walk(reconnect, {})).response.text).not.toContain("have stopped");
    google.clock.advance(1000);
    expect(await run()).toEqual({ done: 3, reconnect: 0, failed: 0 });
  });

  it("includes the linked accounts of a user, and deletes the files of disconnected ones", async () => {
    await using backup = await startBackup();
    const { google, backups, visitor, subOf, run } = backup;
    await visitor(ADA).walk("/authorize?link=1&return_to=/", { user: GRACE });
    google.clock.advance(1000);
    expect(await run()).toEqual({ done: 4, reconnect: 0, failed: 0 });
    const emails = () => backups.accountsOf(subOf(ADA)).map(({ email }) => email);
    expect(emails()).toEqual([ADA, GRACE]);
    expect(backups.filesOf(subOf(ADA), subOf(GRACE))).toBeGreaterThan(0);

    await visitor(ADA).post("/revoke", {}, { "Sec-Fetch-Site": "same-origin" });
    expect(emails()).toEqual([GRACE]);
    expect(backups.filesOf(subOf(ADA), subOf(ADA))).toBe(0);
  });

  it("leaves accounts with a temporary failure for the next run", async () => {
    await using backup = await startBackup();
    const { google, run } = backup;
    google.faults.add({ endpoint: "drive", status: 503 });
    expect(await run({ concurrency: 1 })).toEqual({ done: 2, reconnect: 0, failed: 1 });
    google.clock.advance(1000);
    expect(await run()).toEqual({ done: 3, reconnect: 0, failed: 0 });
  });

  it("goes on where a killed process stopped, and reads no account twice", async () => {
    await using backup = await startBackup(8);
    const { google, backups, order, run } = backup;
    // Drive responds for three accounts, and then hangs.
    let requests = 0;
    google.faults.add({ endpoint: "drive", match: () => ++requests > 3, hang: true, times: Infinity });
    const child = fork(CHILD, [JSON.stringify(order)], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    const exit = once(child, "exit");
    const isDone = (sub: string) => backups.accountsOf(sub)[0]!.backedUpAt > 0;
    const doneNow = () => google.users.filter(({ sub }) => isDone(sub));
    await expect.poll(() => doneNow().length).toBe(3);
    await expect.poll(() => requests).toBe(5);
    child.kill("SIGKILL");
    await exit;
    google.faults.clear();

    const before = doneNow().map(({ sub }) => sub);
    google.requests.clear();
    expect(await run()).toEqual({ done: 5, reconnect: 0, failed: 0 });
    expect(google.requests.of("drive")).toHaveLength(5);
    expect(google.users.every(({ sub }) => isDone(sub))).toBe(true);
    expect(before).toHaveLength(3);
    google.clock.advance(1000);
    expect(await run()).toEqual({ done: 8, reconnect: 0, failed: 0 });
  });
});

it("runs by one command, prints its progress, and ends on a signal", async () => {
  const [, name] = /^npm run example (\S+)/m.exec(readFileSync(join(import.meta.dirname, "README.md"), "utf8"))!;
  const child = spawn(process.execPath, ["scripts/example.ts", name!], {
    cwd: join(import.meta.dirname, "../.."),
    env: { ...process.env, PORT: "0", INTERVAL: "0.05", GOOGLE_CLIENT_SECRET_FILE: "" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exit = once(child, "exit");
  const lines: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    lines.push(line);
    if (line.includes("2 backed up, 0 to reconnect")) child.kill("SIGINT");
  }
  expect(await exit).toEqual([0, null]);
  const text = lines.join("\n");
  expect(text).toContain("3 backed up, 0 to reconnect, 0 failed");
  expect(text).toContain("2 backed up, 1 to reconnect, 0 failed");
  expect(text.match(/please connect again/g)).toHaveLength(1);
});
