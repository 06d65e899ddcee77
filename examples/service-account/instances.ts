import type { TokenSource } from "@scopegate/core/service";

export const SQL_ADMIN = "https://www.googleapis.com/auth/sqlservice.admin";

export interface Instance {
  readonly name: string;
  /** For example `POSTGRES_17`. */
  readonly databaseVersion: string;
  readonly region: string;
  readonly state: string;
}

/**
 * Returns the Cloud SQL instances of a project. The service account needs the role *Cloud SQL Viewer* in it. See
 * https://cloud.google.com/sql/docs/mysql/admin-api/rest/v1beta4/instances/list.
 */
export async function listInstances(
  source: TokenSource,
  project: string,
  api = "https://sqladmin.googleapis.com/sql/v1beta4",
): Promise<readonly Instance[]> {
  const response = await source.fetch(`${api}/projects/${encodeURIComponent(project)}/instances`, {
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok)
    throw new Error(`The Cloud SQL Admin API responded with ${response.status}: ${await response.text()}`);
  // The response for a project without instances has no `items`.
  const { items = [] } = (await response.json()) as { readonly items?: readonly Instance[] };
  return items;
}
