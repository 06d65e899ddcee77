import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { sqliteTokenStore } from "@scopegate/sqlite";
import { afterAll, describe, expect, it } from "vitest";
import { ADA } from "../../harness/app/scenario.ts";
import { expectSurvival, expectUnavailable, startFaultyApp } from "../../harness/faults/outage.ts";
import { grantsIn } from "../../harness/security/effects.ts";

const GRACE = "grace@workspace.example";
const HOUR = 3_600_000;
const directory = mkdtempSync(join(tmpdir(), "scopegate-sqlite-faults-"));
let files = 0;
const newPath = () => join(directory, `grants-${files++}.db`);

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** A database with a table of the app. Its pages are small, so that a grant needs several. */
function openAppDatabase(path = newPath()) {
  const database = new DatabaseSync(path);
  database.exec("PRAGMA page_size = 512; PRAGMA journal_mode = WAL; CREATE TABLE of_the_app (n INTEGER)");
  database.exec("INSERT INTO of_the_app VALUES (1), (2), (3)");
  const rows = () => database.prepare("SELECT sum(n) AS sum FROM of_the_app").get()!["sum"];
  return { database, rows, [Symbol.dispose]: () => database.close() };
}

describe("an SQLite file that fails", () => {
  it("because another process keeps writing lets users use their grants, and does not block the app", async () => {
    const path = newPath();
    const store = sqliteTokenStore({ path });
    using other = openAppDatabase(path);
    await using app = await startFaultyApp(store);
    let longestBlock = 0;
    let last = performance.now();
    const watch = setInterval(() => {
      longestBlock = Math.max(longestBlock, performance.now() - last);
      last = performance.now();
    }, 5);
    await expectSurvival(app, {
      begin: () => other.database.exec("BEGIN IMMEDIATE; INSERT INTO of_the_app VALUES (4)"),
      end: () => other.database.exec("COMMIT"),
      still: ["read", "write later"],
    });
    clearInterval(watch);
    // SQLite itself would block the thread for its whole timeout of five seconds.
    expect(longestBlock).toBeLessThan(4_500);
    expect(other.rows()).toBe(10);
    await store.close?.();
  });

  it("because another process writes for a moment delays requests, which then succeed", async () => {
    const path = newPath();
    const store = sqliteTokenStore({ path });
    using other = openAppDatabase(path);
    await using app = await startFaultyApp(store);
    const { attack } = app;
    await attack.signIn(attack.victim, "/drive");
    attack.google.clock.advance(HOUR);
    other.database.exec("BEGIN IMMEDIATE");
    const response = attack.victim.call("/token");
    await attack.victim.call("/");
    other.database.exec("COMMIT");
    expect((await response).json["token"]).toMatch(/^ya29\./);
    await store.close?.();
  });

  it("because it is read-only lets users use their grants, and a failed write changes nothing", async () => {
    using own = openAppDatabase();
    await using app = await startFaultyApp(sqliteTokenStore({ database: own.database }));
    await expectSurvival(app, {
      begin: () => own.database.exec("PRAGMA query_only = ON"),
      end: () => own.database.exec("PRAGMA query_only = OFF"),
      still: ["read"],
    });
    expect(own.rows()).toBe(6);
  });

  it("because the disk is full refuses a new sign-in as a whole, and keeps earlier ones", async () => {
    using own = openAppDatabase();
    const store = sqliteTokenStore({ database: own.database });
    await using app = await startFaultyApp(store);
    const { attack } = app;
    const [victim, newcomer] = [attack.victim, attack.newBrowser()];
    await attack.signIn(victim, "/drive");
    const before = await grantsIn(store);
    const { callback } = await attack.begin(newcomer, "/drive", { user: GRACE });
    own.database.exec(
      `PRAGMA max_page_count = ${String(own.database.prepare("PRAGMA page_count").get()!["page_count"])}`,
    );

    const refused = await newcomer.open(callback.href);
    expect([refused.status, refused.location]).toEqual([503, ""]);
    expect((await newcomer.call("/")).json["signedIn"]).toBe(false);
    expect((await victim.call("/drive")).json["email"]).toBe(ADA);
    expect(await grantsIn(store)).toEqual(before);
    expect(own.database.isTransaction).toBe(false);
    expect(own.rows()).toBe(6);

    own.database.exec("PRAGMA max_page_count = 100000");
    await attack.signIn(newcomer, "/drive", { user: GRACE });
    expect((await newcomer.call("/drive")).json["email"]).toBe(GRACE);
  });

  it("because it is damaged makes the app respond with 503, and leaves the file unchanged for a repair", async () => {
    using own = openAppDatabase();
    const path = own.database.location()!;
    // SQLite reads every page from the file again, as after a restart.
    own.database.exec("PRAGMA cache_size = 0; PRAGMA mmap_size = 0");
    const store = sqliteTokenStore({ database: own.database });
    await using app = await startFaultyApp(store);
    const { victim } = app.attack;
    await app.attack.signIn(victim, "/drive");
    own.database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    const whole = readFileSync(path);
    const damaged = Buffer.concat([whole.subarray(0, 512), Buffer.alloc(whole.length - 512, 0xff)]);
    writeFileSync(path, damaged);

    expect((await victim.open("/traced")).status).toBe(503);
    expectUnavailable(await victim.call("/traced"));
    expectUnavailable(await victim.call("/token"));
    expect(app.runs.count).toBe(0);
    expect(readFileSync(path).equals(damaged)).toBe(true);

    writeFileSync(path, whole);
    expect((await victim.call("/traced")).status).toBe(200);
  });

  it("because it is no database stops the app's start, and leaves the file unchanged", () => {
    const path = newPath();
    const content = Buffer.from("these are not grants\n".repeat(100));
    writeFileSync(path, content);
    expect(() => sqliteTokenStore({ path })).toThrow(/not a database/);
    expect(readFileSync(path).equals(content)).toBe(true);
  });
});
