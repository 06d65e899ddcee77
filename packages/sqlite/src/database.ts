import { closeSync, openSync } from "node:fs";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { SCHEMA } from "./schema.ts";

/** How long a write waits for another process's, in milliseconds. Writes take a few milliseconds each. */
const BUSY_TIMEOUT_MS = 5_000;

/** Opens a database file of our own, readable by this user only, as are the files that SQLite puts beside it. */
export function openDatabase(path: string | URL): DatabaseSync {
  const file = path instanceof URL ? fileURLToPath(path) : path;
  closeSync(openSync(file, "a", 0o600));
  // Not imported: some versions of Node.js warn of an experimental module as soon as it is loaded.
  const sqlite = process.getBuiltinModule("node:sqlite");
  const database = new sqlite.DatabaseSync(file);
  // First of all: the next lines already wait for others that open the file at the same time.
  database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  database.exec("PRAGMA journal_mode = WAL");
  // A token that Google has replaced must not be lost with the power either.
  database.exec("PRAGMA synchronous = FULL");
  return database;
}

/** Makes the tables where they are missing, and prepares statements once each. */
export class Connection {
  readonly database: DatabaseSync;
  readonly #ownsPragmas: boolean;
  readonly #prepared = new Map<string, StatementSync>();

  /** @param ownsPragmas - whether they are as {@link openDatabase} set them, and may change for a while */
  constructor(database: DatabaseSync, { ownsPragmas }: { readonly ownsPragmas: boolean }) {
    this.database = database;
    this.#ownsPragmas = ownsPragmas;
    database.exec(SCHEMA);
  }

  sql(text: string): StatementSync {
    let statement = this.#prepared.get(text);
    if (statement === undefined) {
      statement = this.database.prepare(text);
      this.#prepared.set(text, statement);
    }
    return statement;
  }

  /** Runs work in a transaction that has the right to write from its beginning: it never finds out later that it must wait. */
  write<T>(work: () => T): T {
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

  /**
   * Runs writes that a loss of power may undo, so that they need not wait for the disk. Not within a write. They are
   * undone in their order, and never alone: what is written durably after them keeps them too.
   */
  withoutSync<T>(work: () => T): T {
    if (!this.#ownsPragmas) return work();
    this.database.exec("PRAGMA synchronous = NORMAL");
    try {
      return work();
    } finally {
      this.database.exec("PRAGMA synchronous = FULL");
    }
  }

  /** The next number, of one sequence for fences and for the order of writes. Within a write. */
  next(): number {
    return this.sql("UPDATE scopegate_counter SET value = value + 1 RETURNING value").get()!["value"] as number;
  }
}
