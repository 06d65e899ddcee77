// The job of examples/background-backup in a separate process, which a test may kill.
import { sqliteTokenStore } from "@scopegate/sqlite";
import { createApp } from "../../examples/background-backup/app.ts";
import { Backups } from "../../examples/background-backup/backups.ts";
import { runBackup } from "../../examples/background-backup/job.ts";

/** The configuration of the process, as JSON in its first argument. */
export interface BackupOrder {
  readonly grants: string;
  readonly backups: string;
  readonly drive: string;
  readonly options: {
    readonly client: { readonly clientId: string; readonly clientSecret: string };
    readonly redirectUri: string;
    readonly endpoints: Readonly<Record<string, string>>;
    readonly encryptionKeys: readonly string[];
  };
}

const order = JSON.parse(process.argv[2]!) as BackupOrder;
const backups = new Backups(order.backups);
const { google } = createApp({
  backups,
  google: { ...order.options, store: sqliteTokenStore({ path: order.grants }) },
  sessionKey: "a session key of the tests, 32 characters",
  tellUser: () => undefined,
});
await runBackup({ google, backups, drive: order.drive, concurrency: 2 });
