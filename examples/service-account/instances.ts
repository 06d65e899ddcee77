import type { TokenSource } from "@scopegate/core/service";

export const SQL_ADMIN = "https://www.googleapis.com/auth/sqlservice.admin";

export interface Instance {
  readonly name: string;
  /** Such as `POSTGRES_17`. */
  readonly databaseVersion: string;
  readonly region: string;
  readonly state: string;
}

/**
 * The Cloud SQL instances of a project. The service account needs the role *Cloud SQL Viewer* in it. See
 * https://cloud.google.com/sql/docs/mysql/admin-api/rest/v1beta4/instances/list.
 */
export async function listInstances(
  source: TokenSource,
  project: string,
  api = "https://sqladmin.googleapis.com/sql/v1beta4",
): Promise<readonly Instance[]> {
  const answer = await source.fetch(`${api}/projects/${encodeURIComponent(project)}/instances`, {
    signal: AbortSignal.timeout(10_000),
  });
  if (!answer.ok) throw new Error(`The Cloud SQL Admin API answered ${answer.status}: ${await answer.text()}`);
  // A project without instances has no `items`.
  const { items = [] } = (await answer.json()) as { readonly items?: readonly Instance[] };
  return items;
}
