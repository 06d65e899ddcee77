import { closeSync, openSync } from "node:fs";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { SCHEMA } from "./schema.ts";

/** How long a write waits for the writes of other processes, in milliseconds. Each takes a few milliseconds. */
const TIMEOUT_MS = 5_000;
/** How much of that time SQLite itself waits at once, in milliseconds. This blocks the process. */
const BLOCKING_MS = 20;
/** The pause between two attempts, in milliseconds. The process does other work meanwhile. */
const PAUSE_MS = 10;
/** The result code SQLITE_BUSY (https://www.sqlite.org/rescode.html#busy). Extended codes have it in their lowest byte. */
const SQLITE_BUSY = 5;

/** Opens the store's own database file. Only this user can read it, and the files that SQLite creates next to it. */
export function openDatabase(path: string | URL): DatabaseSync {
  const file = path instanceof URL ? fileURLToPath(path) : path;
  closeSync(openSync(file, "a", 0o600));
  // Not an import: some versions of Node.js warn of an experimental module as soon as it is loaded.
  const sqlite = process.getBuiltinModule("node:sqlite");
  const database = new sqlite.DatabaseSync(file);
  // Comes first: the next pragmas must already wait for processes that open the file at the same time.
  database.exec(`PRAGMA busy_timeout = ${TIMEOUT_MS}`);
  database.exec("PRAGMA journal_mode = WAL");
  // A refresh token that Google has just issued must survive a loss of power.
  database.exec("PRAGMA synchronous = FULL");
  return database;
}

/** A database with the store's tables. It prepares each statement once, and waits for other processes that write. */
export class Connection {
  readonly database: DatabaseSync;
  readonly #ownsPragmas: boolean;
  readonly #prepared = new Map<string, StatementSync>();
  /** The last of the writes that wait for their turn. */
  #lastWaiting: Promise<unknown> | undefined;

  /** @param ownsPragmas - whether {@link openDatabase} opened the database, so that its pragmas may be changed */
  constructor(database: DatabaseSync, { ownsPragmas }: { readonly ownsPragmas: boolean }) {
    this.database = database;
    this.#ownsPragmas = ownsPragmas;
    database.exec(SCHEMA);
    if (ownsPragmas) database.exec(`PRAGMA busy_timeout = ${BLOCKING_MS}`);
  }

  /** The prepared statement of a text. */
  sql(text: string): StatementSync {
    let statement = this.#prepared.get(text);
    if (statement === undefined) {
      statement = this.database.prepare(text);
      this.#prepared.set(text, statement);
    }
    return statement;
  }

  /**
   * Runs `work` in a transaction that takes the write lock at its beginning, so that it never has to wait in the middle.
   * Where no other process writes, it runs at once and returns its result. Otherwise it is tried again behind the writes
   * that wait already, and returns a promise.
   */
  write<T>(work: () => T, { sync } = { sync: true }): T | Promise<T> {
    const end = performance.now() + TIMEOUT_MS;
    const tryOnce = sync || !this.#ownsPragmas ? () => this.#writeNow(work) : () => this.#writeNowWithoutSync(work);
    if (this.#lastWaiting !== undefined) return this.#writeLater(tryOnce, end);
    try {
      return tryOnce();
    } catch (error) {
      if (!isBusy(error) || performance.now() >= end) throw error;
      return this.#writeLater(tryOnce, end);
    }
  }

  /**
   * Like {@link write}, but does not wait for the disk: a loss of power may undo the write. It never undoes a write
   * without those after it, and a durable write also makes the earlier ones durable.
   */
  writeWithoutSync<T>(work: () => T): T | Promise<T> {
    return this.write(work, { sync: false });
  }

  /** The next number of the sequence for fencing tokens and for the order of writes. Call it within a write. */
  next(): number {
    return this.sql("UPDATE scopegate_counter SET value = value + 1 RETURNING value").get()!["value"] as number;
  }

  #writeNow<T>(work: () => T): T {
    this.database.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.database.exec("COMMIT");
      return result;
    } catch (error) {
      if (this.database.isTransaction) this.database.exec("ROLLBACK");
      throw error;
    }
  }

  #writeNowWithoutSync<T>(work: () => T): T {
    this.database.exec("PRAGMA synchronous = NORMAL");
    try {
      return this.#writeNow(work);
    } finally {
      this.database.exec("PRAGMA synchronous = FULL");
    }
  }

  async #writeLater<T>(tryOnce: () => T, end: number): Promise<T> {
    const before = this.#lastWaiting;
    const { promise: turn, resolve: pass } = Promise.withResolvers<void>();
    this.#lastWaiting = turn;
    try {
      await before;
      for (;;) {
        try {
          return tryOnce();
        } catch (error) {
          if (!isBusy(error) || performance.now() >= end) throw error;
        }
        await delay(PAUSE_MS);
      }
    } finally {
      if (this.#lastWaiting === turn) this.#lastWaiting = undefined;
      pass();
    }
  }
}

function isBusy(error: unknown): boolean {
  const { errcode } = error as { readonly errcode?: number };
  return errcode !== undefined && (errcode & 0xff) === SQLITE_BUSY;
}
