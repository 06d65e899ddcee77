import { setTimeout as wait } from "node:timers/promises";
import { AuthError } from "@scopegate/express";
import type { GoogleOAuth } from "@scopegate/express";
import type { BackedUp, Backups, FileRecord } from "./backups.ts";

/** The parts that a run of the job needs. */
export interface JobParts {
  readonly google: Pick<GoogleOAuth, "forUser">;
  readonly backups: Backups;
  /** Base address of the Drive API. Default: Google's. */
  readonly drive?: string;
  /** The number of accounts that are backed up at the same time. Default: 8. */
  readonly concurrency?: number;
  /** Called after each account. */
  readonly onProgress?: (account: BackedUp, outcome: Outcome) => void;
  /** Stops the run. The next call continues it. */
  readonly signal?: AbortSignal;
  readonly now?: () => number;
}

/** The outcome for one account in a run. */
export type Outcome =
  | { readonly kind: "done"; readonly files: number }
  /** The access has ended, and only the user can grant it again. */
  | { readonly kind: "reconnect" }
  /** A temporary failure. The next run tries again. */
  | { readonly kind: "failed"; readonly error: Error };

/** The number of accounts with each outcome. */
export type Summary = Readonly<Record<Outcome["kind"], number>>;

const TIMEOUT_MS = 30_000;

/** Backs up every account that is due, several at the same time. Continues an interrupted run where it stopped. */
export async function runBackup(parts: JobParts): Promise<Summary> {
  const { backups, concurrency = 8, onProgress, signal, now = Date.now } = parts;
  const startedAt = backups.beginRun(now());
  const due = backups.due(startedAt);
  const counts = { done: 0, reconnect: 0, failed: 0 };
  const work = async () => {
    for (const account of due) {
      const outcome = await backUp(parts, account, startedAt);
      if (signal?.aborted) return;
      counts[outcome.kind] += 1;
      onProgress?.(account, outcome);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  if (!signal?.aborted) backups.endRun(startedAt, now());
  return counts;
}

async function backUp({ google, backups, drive, signal }: JobParts, account: BackedUp, at: number): Promise<Outcome> {
  try {
    const grants = google.forUser(account.userId, { account: account.account });
    const files: FileRecord[] = [];
    for await (const page of listFiles(grants, drive, signal)) files.push(...page);
    backups.keep(account, files, at);
    return { kind: "done", files: files.length };
  } catch (error) {
    if (error instanceof AuthError && error.code === "reconnect_required") {
      // The hook `failed` has recorded this if Google rejected a refresh. It did not run if the store had no grant.
      backups.mustReconnect(account.userId, account.account);
      return { kind: "reconnect" };
    }
    return { kind: "failed", error: error instanceof Error ? error : new Error(String(error)) };
  }
}

/** Lists all files, one page at a time. See https://developers.google.com/drive/api/reference/rest/v3/files/list. */
async function* listFiles(
  grants: ReturnType<GoogleOAuth["forUser"]>,
  drive = "https://www.googleapis.com/drive/v3",
  signal?: AbortSignal,
): AsyncGenerator<readonly FileRecord[]> {
  const query = new URLSearchParams({
    pageSize: "1000",
    fields: "nextPageToken,files(id,name,mimeType,modifiedTime)",
  });
  for (;;) {
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const response = await grants.fetch(`${drive}/files?${query.toString()}`, {
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    if (!response.ok) throw new Error(`The Drive API responded with ${response.status}`);
    const { files, nextPageToken } = (await response.json()) as { files: FileRecord[]; nextPageToken?: string };
    yield files;
    if (nextPageToken === undefined) return;
    query.set("pageToken", nextPageToken);
  }
}

/**
 * Calls `run` at once, and then at every interval. A run never starts before the last one has ended. After the signal, the
 * function waits for the current run and returns.
 */
export async function repeat(run: () => Promise<unknown>, everyMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const next = Date.now() + everyMs;
    await run();
    await wait(Math.max(0, next - Date.now()), undefined, { signal }).catch(() => undefined);
  }
}
