import { json } from "../http/responses.ts";
import { paths } from "../protocol/paths.ts";
import { apiError } from "./api-errors.ts";
import type { ApiCall, ApiMethod } from "./api.ts";

const scope = (name: string) => `https://www.googleapis.com/auth/${name}`;
const instancesPath = new RegExp(`^${paths.sqladmin}/projects/([^/]+)/instances$`);

const seed = [
  ["orders", "POSTGRES_17", "europe-west1"],
  ["reports", "MYSQL_8_4", "us-central1"],
] as const;

/** `GET /sql/v1beta4/projects/PROJECT/instances` of the Cloud SQL Admin API. */
export const sqladminMethods: readonly ApiMethod[] = [
  {
    path: instancesPath,
    name: "google.cloud.sql.v1beta4.SqlInstancesService.List",
    service: "sqladmin.googleapis.com",
    scopes: [scope("cloud-platform"), scope("sqlservice.admin")],
    respond: listInstances,
  },
];

/** A service account may list its own project only. Other callers may list any project, as if they had the role. */
function listInstances({ google, user, member, path }: ApiCall) {
  const project = instancesPath.exec(path)![1]!;
  const own = google.serviceAccounts.find(user.email)?.projectId;
  if (member.startsWith("serviceAccount:") && own !== project) {
    return apiError(403, "The client is not authorized to make this request.", "notAuthorized");
  }
  const items = seed.map(([name, databaseVersion, region]) => ({
    kind: "sql#instance",
    name,
    project,
    databaseVersion,
    region,
    state: "RUNNABLE",
    backendType: "SECOND_GEN",
    connectionName: `${project}:${region}:${name}`,
    settings: { kind: "sql#settings", tier: "db-custom-1-3840", activationPolicy: "ALWAYS" },
  }));
  return json(200, { kind: "sql#instancesList", items });
}
