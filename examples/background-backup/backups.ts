import { DatabaseSync } from "node:sqlite";

/** A Google account that the app backs up: one row of the app's own table of accounts. */
export interface BackedUp {
  /** The ID of the app's user, for `google.forUser()`. */
  readonly userId: string;
  /** The account's Google subject. */
  readonly account: string;
  readonly email: string;
  /** `reconnect`: the access to this account has ended, and the user has been told to reconnect it. */
  readonly state: "active" | "reconnect";
  /** The start of the last run that backed up this account, in milliseconds since the epoch. 0 if there was none. */
  readonly backedUpAt: number;
}

/** The data that the app keeps about a file. */
export interface FileRecord {
  readonly id: string;
  readonly name: string;
  readonly mimeType: string;
  readonly modifiedTime?: string;
}

const PAGE = 100;

/**
 * The app's own database: the accounts, the names of their files, and the progress of the runs. The grants are not in this
 * database. The token store keeps them, encrypted.
 */
export class Backups {
  readonly #database: DatabaseSync;

  constructor(path: string) {
    this.#database = new DatabaseSync(path);
    this.#database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA busy_timeout = 5000;
      CREATE TABLE IF NOT EXISTS accounts (
        user_id TEXT, account TEXT, email TEXT NOT NULL, state TEXT NOT NULL, backed_up_at INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (user_id, account)
      ) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS files (
        user_id TEXT, account TEXT, id TEXT, name TEXT NOT NULL, mime_type TEXT NOT NULL, modified_time TEXT,
        PRIMARY KEY (user_id, account, id)
      ) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS runs (started_at INTEGER PRIMARY KEY, ended_at INTEGER);
    `);
  }

  /** Records that a user has granted access, for the first time or again. */
  connected({ userId, account, email, state }: Omit<BackedUp, "backedUpAt">): void {
    this.#database
      .prepare(
        `INSERT INTO accounts (user_id, account, email, state) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET email = excluded.email, state = excluded.state`,
      )
      .run(userId, account, email, state);
  }

  /** Marks an account whose access has ended. Runs skip it until the user reconnects it. */
  mustReconnect(userId: string, account: string): void {
    this.#database
      .prepare("UPDATE accounts SET state = 'reconnect' WHERE user_id = ? AND account = ?")
      .run(userId, account);
  }

  /** Deletes an account that its user has disconnected in this app, and the names of its files. */
  disconnected(userId: string, account: string): void {
    this.#transaction(() => {
      for (const table of ["accounts", "files"]) {
        this.#database.prepare(`DELETE FROM ${table} WHERE user_id = ? AND account = ?`).run(userId, account);
      }
    });
  }

  accountsOf(userId: string): BackedUp[] {
    return this.#database.prepare("SELECT * FROM accounts WHERE user_id = ? ORDER BY email").all(userId).map(accountOf);
  }

  /** The number of files in an account's latest backup. */
  filesOf(userId: string, account: string): number {
    const row = this.#database
      .prepare("SELECT count(*) AS files FROM files WHERE user_id = ? AND account = ?")
      .get(userId, account);
    return row!["files"] as number;
  }

  /** Starts a run, or continues one that did not end. Returns the run's start, which identifies it. */
  beginRun(now: number): number {
    const unfinished = this.#database.prepare("SELECT started_at FROM runs WHERE ended_at IS NULL").get();
    if (unfinished !== undefined) return unfinished["started_at"] as number;
    // If the clock was set back, the new run must still be later than the backups that it replaces.
    const last = this.#database.prepare("SELECT max(started_at) AS at FROM runs").get()!["at"] as number | null;
    const startedAt = last === null ? now : Math.max(now, last + 1);
    this.#database.prepare("INSERT INTO runs (started_at) VALUES (?)").run(startedAt);
    return startedAt;
  }

  endRun(startedAt: number, now: number): void {
    this.#database.prepare("UPDATE runs SET ended_at = ? WHERE started_at = ?").run(now, startedAt);
  }

  /** The accounts that a run has not backed up yet. They are read in pages, because the job writes to the same table. */
  *due(startedAt: number): Generator<BackedUp> {
    const page = this.#database.prepare(
      `SELECT * FROM accounts WHERE (user_id, account) > (?, ?) AND state = 'active' AND backed_up_at < ?
       ORDER BY user_id, account LIMIT ${PAGE}`,
    );
    let last: Pick<BackedUp, "userId" | "account"> = { userId: "", account: "" };
    for (;;) {
      const rows = page.all(last.userId, last.account, startedAt).map(accountOf);
      yield* rows;
      if (rows.length < PAGE) return;
      last = rows.at(-1)!;
    }
  }

  /** Replaces the backup of an account in one transaction. */
  keep({ userId, account }: BackedUp, files: readonly FileRecord[], at: number): void {
    const insert = this.#database.prepare("INSERT INTO files VALUES (?, ?, ?, ?, ?, ?)");
    this.#transaction(() => {
      this.#database.prepare("DELETE FROM files WHERE user_id = ? AND account = ?").run(userId, account);
      for (const { id, name, mimeType, modifiedTime = null } of files) {
        insert.run(userId, account, id, name, mimeType, modifiedTime);
      }
      this.#database
        .prepare("UPDATE accounts SET backed_up_at = ? WHERE user_id = ? AND account = ?")
        .run(at, userId, account);
    });
  }

  close(): void {
    this.#database.close();
  }

  #transaction(write: () => void): void {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      write();
      this.#database.exec("COMMIT");
    } catch (error) {
      this.#database.exec("ROLLBACK");
      throw error;
    }
  }
}

function accountOf(row: Record<string, unknown>): BackedUp {
  const { user_id: userId, account, email, state, backed_up_at: backedUpAt } = row;
  return { userId, account, email, state, backedUpAt } as BackedUp;
}
