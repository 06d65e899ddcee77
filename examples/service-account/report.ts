import type { TokenSource } from "@scopegate/core/service";
import { CALENDAR, listEvents } from "./calendar.ts";
import { listInstances, SQL_ADMIN } from "./instances.ts";

/** The sources of the report's data. */
export interface ReportOptions {
  readonly source: TokenSource;
  /** ID of the project whose instances are listed. Default: the project of the credentials. */
  readonly project?: string | undefined;
  /** E-mail address of a Workspace user whose calendar is read. Default: no calendar is read. */
  readonly user?: string | undefined;
  /** Base addresses of the APIs. Default: Google's. */
  readonly apis?: { readonly sqladmin: string; readonly calendar: string } | undefined;
  /** Events before this time are left out. Default: the current time. */
  readonly now?: Date;
}

/**
 * Lists Cloud SQL instances as the service account itself, then calendar events on behalf of a user. Each call uses a token
 * for one scope.
 */
export async function report({ source, apis, user, now = new Date(), ...options }: ReportOptions): Promise<string[]> {
  const project = options.project ?? (await source.projectId());
  if (project === undefined)
    throw new Error("The credentials name no project. Set GOOGLE_CLOUD_PROJECT to a project ID.");

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
  if (events.length === 0) lines.push("  no events");
  return lines;
}
