import type { TokenSource } from "@scopegate/core/service";
import { CALENDAR, listEvents } from "./calendar.ts";
import { listInstances, SQL_ADMIN } from "./instances.ts";

/** Where the report gets its data from. */
export interface ReportOptions {
  readonly source: TokenSource;
  /** Whose instances are listed. Default: the project of the key. */
  readonly project?: string | undefined;
  /** A user of the Workspace domain, whose calendar is read. Default: none is. */
  readonly user?: string | undefined;
  /** Base addresses of the APIs. Default: Google's. */
  readonly apis?: { readonly sqladmin: string; readonly calendar: string } | undefined;
  readonly now?: Date;
}

/** What the service account sees as itself, and then in the name of a user: two scopes, two tokens. */
export async function report({ source, apis, user, now = new Date(), ...options }: ReportOptions): Promise<string[]> {
  const project = options.project ?? (await source.projectId());
  if (project === undefined) throw new Error("The credentials name no project: set GOOGLE_CLOUD_PROJECT");

  const instances = await listInstances(source.withScopes(SQL_ADMIN), project, apis?.sqladmin);
  const lines = [`Cloud SQL instances of ${project}, as ${source.email ?? "the service account"}`];
  for (const { name, databaseVersion, region, state } of instances) {
    lines.push(`  ${name.padEnd(12)}${databaseVersion.padEnd(16)}${region.padEnd(16)}${state}`);
  }
  if (instances.length === 0) lines.push("  none");
  if (user === undefined) return lines;

  const events = await listEvents(source.withScopes(CALENDAR).withSubject(user), now, apis?.calendar);
  lines.push("", `The calendar of ${user}`);
  for (const { summary = "(no title)", start } of events) {
    const when = start.dateTime?.slice(0, 16).replace("T", " ") ?? start.date ?? "";
    lines.push(`  ${when.padEnd(18)}${summary}`);
  }
  if (events.length === 0) lines.push("  nothing ahead");
  return lines;
}
