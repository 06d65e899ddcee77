import { setTimeout as wait } from "node:timers/promises";
import { AuthError } from "@scopegate/express";
import type { GoogleOAuth } from "@scopegate/express";
import type { BackedUp, Backups, FileRecord } from "./backups.ts";

/** What a job works with. */
export interface JobParts {
  readonly google: Pick<GoogleOAuth, "forUser">;
  readonly backups: Backups;
  /** Base address of the Drive API. Default Google's. */
  readonly drive?: string;
  /** Accounts at a time. Default 8. */
  readonly concurrency?: number;
  /** Told of every account. */
  readonly onProgress?: (account: BackedUp, outcome: Outcome) => void;
  /** Ends the run early; the next one goes on with it. */
  readonly signal?: AbortSignal;
  readonly now?: () => number;
}

/** What became of an account in a run. */
export type Outcome =
  | { readonly kind: "done"; readonly files: number }
  /** Google gives no access any more: nothing to be done without the user. */
  | { readonly kind: "reconnect" }
  /** Passing: the next run tries again. */
  | { readonly kind: "failed"; readonly error: Error };

/** How many accounts came to which end. */
export type Summary = Readonly<Record<Outcome["kind"], number>>;

const TIMEOUT_MS = 30_000;

/** Backs up every account that is due, several at a time. A run that was cut off goes on where it was. */
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
    const grants = google.forUser(account.owner, { account: account.account });
    const files: FileRecord[] = [];
    for await (const page of listFiles(grants, drive, signal)) files.push(...page);
    backups.keep(account, files, at);
    return { kind: "done", files: files.length };
  } catch (error) {
    if (error instanceof AuthError && error.code === "reconnect_required") {
      // on.failed has said so already, unless the grant was gone before the job came.
      backups.mustReconnect(account.owner, account.account);
      return { kind: "reconnect" };
    }
    return { kind: "failed", error: error instanceof Error ? error : new Error(String(error)) };
  }
}

/** Names and kinds, page by page: https://developers.google.com/drive/api/reference/rest/v3/files/list. */
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
    const patience = AbortSignal.timeout(TIMEOUT_MS);
    const response = await grants.fetch(`${drive}/files?${query.toString()}`, {
      signal: signal === undefined ? patience : AbortSignal.any([signal, patience]),
    });
    if (!response.ok) throw new Error(`Drive answered ${response.status}`);
    const { files, nextPageToken } = (await response.json()) as { files: FileRecord[]; nextPageToken?: string };
    yield files;
    if (nextPageToken === undefined) return;
    query.set("pageToken", nextPageToken);
  }
}

/** Runs now, and then at every interval; never two at a time. Ends when the signal says so, with the run that is on. */
export async function repeat(run: () => Promise<unknown>, everyMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const next = Date.now() + everyMs;
    await run();
    await wait(Math.max(0, next - Date.now()), undefined, { signal }).catch(() => undefined);
  }
}
