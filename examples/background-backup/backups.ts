import { DatabaseSync } from "node:sqlite";

/** A Google account that is backed up: one row of the app's own table of users. */
export interface BackedUp {
  /** The user of the app, as `google.forUser()` takes it. */
  readonly owner: string;
  /** The Google subject. */
  readonly account: string;
  readonly email: string;
  /** `reconnect`: Google gives no access any more, and the user has been told. */
  readonly state: "active" | "reconnect";
  /** When the run began that last backed it up, in milliseconds since the epoch; 0 for never. */
  readonly backedUpAt: number;
}

/** What is kept of a file. */
export interface FileRecord {
  readonly id: string;
  readonly name: string;
  readonly mimeType: string;
  readonly modifiedTime?: string;
}

const PAGE = 100;

/**
 * The app's own database: whose Drive is backed up, what was in it, and how far a run has come. Grants are not in here;
 * they are in the token store, sealed.
 */
export class Backups {
  readonly #database: DatabaseSync;

  constructor(path: string) {
    this.#database = new DatabaseSync(path);
    this.#database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA busy_timeout = 5000;
      CREATE TABLE IF NOT EXISTS accounts (
        owner TEXT, account TEXT, email TEXT NOT NULL, state TEXT NOT NULL, backed_up_at INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (owner, account)
      ) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS files (
        owner TEXT, account TEXT, id TEXT, name TEXT NOT NULL, mime_type TEXT NOT NULL, modified_time TEXT,
        PRIMARY KEY (owner, account, id)
      ) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS runs (started_at INTEGER PRIMARY KEY, ended_at INTEGER);
    `);
  }

  /** A user has given access, for the first time or again. */
  connected({ owner, account, email, state }: Omit<BackedUp, "backedUpAt">): void {
    this.#database
      .prepare(
        `INSERT INTO accounts (owner, account, email, state) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET email = excluded.email, state = excluded.state`,
      )
      .run(owner, account, email, state);
  }

  /** Jobs skip the account from now on, until it is connected again. */
  mustReconnect(owner: string, account: string): void {
    this.#database
      .prepare("UPDATE accounts SET state = 'reconnect' WHERE owner = ? AND account = ?")
      .run(owner, account);
  }

  /** The user has taken the access back here: what was kept of theirs goes. */
  disconnected(owner: string, account: string): void {
    this.#atOnce(() => {
      for (const table of ["accounts", "files"]) {
        this.#database.prepare(`DELETE FROM ${table} WHERE owner = ? AND account = ?`).run(owner, account);
      }
    });
  }

  accountsOf(owner: string): BackedUp[] {
    return this.#database.prepare("SELECT * FROM accounts WHERE owner = ? ORDER BY email").all(owner).map(accountOf);
  }

  filesOf(owner: string, account: string): number {
    const row = this.#database
      .prepare("SELECT count(*) AS files FROM files WHERE owner = ? AND account = ?")
      .get(owner, account);
    return row!["files"] as number;
  }

  /** Begins a run, or goes on with the one that a crash has left. Gives the time by which runs are known. */
  beginRun(now: number): number {
    const unfinished = this.#database.prepare("SELECT started_at FROM runs WHERE ended_at IS NULL").get();
    if (unfinished !== undefined) return unfinished["started_at"] as number;
    // A clock that is set back must not make a run look older than what it is to replace.
    const last = this.#database.prepare("SELECT max(started_at) AS at FROM runs").get()!["at"] as number | null;
    const startedAt = last === null ? now : Math.max(now, last + 1);
    this.#database.prepare("INSERT INTO runs (started_at) VALUES (?)").run(startedAt);
    return startedAt;
  }

  endRun(startedAt: number, now: number): void {
    this.#database.prepare("UPDATE runs SET ended_at = ? WHERE started_at = ?").run(now, startedAt);
  }

  /** The accounts that a run has still to back up; read page by page, while others are being written. */
  *due(startedAt: number): Generator<BackedUp> {
    const page = this.#database.prepare(
      `SELECT * FROM accounts WHERE (owner, account) > (?, ?) AND state = 'active' AND backed_up_at < ?
       ORDER BY owner, account LIMIT ${PAGE}`,
    );
    let last: Pick<BackedUp, "owner" | "account"> = { owner: "", account: "" };
    for (;;) {
      const rows = page.all(last.owner, last.account, startedAt).map(accountOf);
      yield* rows;
      if (rows.length < PAGE) return;
      last = rows.at(-1)!;
    }
  }

  /** Replaces what is kept of an account, all or nothing. */
  keep({ owner, account }: BackedUp, files: readonly FileRecord[], at: number): void {
    const insert = this.#database.prepare("INSERT INTO files VALUES (?, ?, ?, ?, ?, ?)");
    this.#atOnce(() => {
      this.#database.prepare("DELETE FROM files WHERE owner = ? AND account = ?").run(owner, account);
      for (const { id, name, mimeType, modifiedTime = null } of files) {
        insert.run(owner, account, id, name, mimeType, modifiedTime);
      }
      this.#database
        .prepare("UPDATE accounts SET backed_up_at = ? WHERE owner = ? AND account = ?")
        .run(at, owner, account);
    });
  }

  close(): void {
    this.#database.close();
  }

  #atOnce(write: () => void): void {
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
  const { owner, account, email, state, backed_up_at: backedUpAt } = row;
  return { owner, account, email, state, backedUpAt } as BackedUp;
}
