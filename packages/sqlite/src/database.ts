import { closeSync, openSync } from "node:fs";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { SCHEMA } from "./schema.ts";

/** How long a write waits for other processes', in milliseconds. Writes take a few milliseconds each. */
const PATIENCE_MS = 5_000;
/** How much of that time SQLite itself waits, which blocks the process. */
const BLOCKING_MS = 20;
/** The pause between two tries, in milliseconds, while the process does other work. */
const PAUSE_MS = 10;
/** https://www.sqlite.org/rescode.html#busy, whose extended codes have it in their lowest byte. */
const SQLITE_BUSY = 5;

/** Opens a database file of our own, readable by this user only, as are the files that SQLite puts beside it. */
export function openDatabase(path: string | URL): DatabaseSync {
  const file = path instanceof URL ? fileURLToPath(path) : path;
  closeSync(openSync(file, "a", 0o600));
  // Not imported: some versions of Node.js warn of an experimental module as soon as it is loaded.
  const sqlite = process.getBuiltinModule("node:sqlite");
  const database = new sqlite.DatabaseSync(file);
  // First of all: the next lines already wait for others that open the file at the same time.
  database.exec(`PRAGMA busy_timeout = ${PATIENCE_MS}`);
  database.exec("PRAGMA journal_mode = WAL");
  // A token that Google has replaced must not be lost with the power either.
  database.exec("PRAGMA synchronous = FULL");
  return database;
}

/** Makes the tables where they are missing, prepares statements once each, and waits for other writers. */
export class Connection {
  readonly database: DatabaseSync;
  readonly #ownsPragmas: boolean;
  readonly #prepared = new Map<string, StatementSync>();
  /** The last write that waits for its turn. */
  #lastWaiting: Promise<unknown> | undefined;

  /** @param ownsPragmas - whether they are as {@link openDatabase} set them, and may change */
  constructor(database: DatabaseSync, { ownsPragmas }: { readonly ownsPragmas: boolean }) {
    this.database = database;
    this.#ownsPragmas = ownsPragmas;
    database.exec(SCHEMA);
    if (ownsPragmas) database.exec(`PRAGMA busy_timeout = ${BLOCKING_MS}`);
  }

  sql(text: string): StatementSync {
    let statement = this.#prepared.get(text);
    if (statement === undefined) {
      statement = this.database.prepare(text);
      this.#prepared.set(text, statement);
    }
    return statement;
  }

  /**
   * Runs work in a transaction that has the right to write from its beginning: it never finds out later that it must
   * wait. At once where nobody else writes; otherwise it is tried again, behind those that wait already.
   */
  write<T>(work: () => T, { sync } = { sync: true }): T | Promise<T> {
    const end = performance.now() + PATIENCE_MS;
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
   * A write that a loss of power may undo, so that it need not wait for the disk. They are undone in their order, and
   * never alone: what is written durably after them keeps them too.
   */
  writeWithoutSync<T>(work: () => T): T | Promise<T> {
    return this.write(work, { sync: false });
  }

  /** The next number, of one sequence for fences and for the order of writes. Within a write. */
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
