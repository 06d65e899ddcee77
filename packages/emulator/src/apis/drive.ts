import { createHash } from "node:crypto";
import { json } from "../http/responses.ts";
import type { EmulatorUser } from "../options/user.ts";
import { paths } from "../protocol/paths.ts";
import { apiError } from "./api-errors.ts";
import { type ApiCall, type ApiMethod, countParameter } from "./api.ts";
import { holdsAny } from "./caller.ts";

const scope = (name: string) => `https://www.googleapis.com/auth/${name}`;
const service = "drive.googleapis.com";

/** These scopes allow access only to files that the app created. On the emulator, there are no such files. */
const perFileScopes = [scope("drive.file"), scope("drive.appdata")];
const wideScopes = ["drive", "drive.readonly", "drive.metadata", "drive.metadata.readonly"].map(scope);

const folder = "application/vnd.google-apps.folder";
const seed = [
  ["Travel notes", "application/vnd.google-apps.document"],
  ["Household budget", "application/vnd.google-apps.spreadsheet"],
  ["Talk: notes on the engine", "application/vnd.google-apps.presentation"],
  ["Photos of the garden", folder],
  ["Reading list.txt", "text/plain"],
  ["Boarding pass.pdf", "application/pdf"],
] as const;

/** `GET /drive/v3/files` and `/drive/v3/about`. */
export const driveMethods: readonly ApiMethod[] = [
  {
    path: `${paths.drive}/files`,
    name: "google.apps.drive.v3.DriveFiles.List",
    service,
    scopes: [...wideScopes, ...perFileScopes],
    respond: listFiles,
  },
  {
    path: `${paths.drive}/about`,
    name: "google.apps.drive.v3.DriveAbout.Get",
    service,
    scopes: [...wideScopes, ...perFileScopes],
    respond: describeDrive,
  },
];

function listFiles(call: ApiCall) {
  const { user, query } = call;
  const all = holdsAny(call, wideScopes) ? filesOf(user) : [];
  const from = Number(/^page-(\d+)$/.exec(query.get("pageToken") ?? "page-0")?.[1]);
  if (Number.isNaN(from)) return apiError(400, "Invalid Value", "invalid");
  const to = from + countParameter(query, "pageSize", { usual: 100, most: 1000 });
  return json(200, {
    kind: "drive#fileList",
    incompleteSearch: false,
    ...(to < all.length && { nextPageToken: `page-${to}` }),
    files: all.slice(from, to),
  });
}

function filesOf({ sub, name }: EmulatorUser) {
  const [first = name] = name.split(" ");
  const welcome = [`Welcome, ${first}`, "application/vnd.google-apps.document"] as const;
  return [welcome, ...seed].map(([title, mimeType]) => ({
    kind: "drive#file",
    mimeType,
    id: createHash("sha256").update(`${sub}/${title}`).digest("base64url").slice(0, 33),
    name: title,
  }));
}

/** Google requires `fields` here, and returns only these fields. */
function describeDrive({ user, query }: ApiCall) {
  const fields = query.get("fields");
  if (!fields) {
    return apiError(400, "The 'fields' parameter is required for this method.", "required");
  }
  const about: Record<string, unknown> = {
    kind: "drive#about",
    user: {
      kind: "drive#user",
      displayName: user.name,
      me: true,
      permissionId: user.sub,
      emailAddress: user.email,
    },
    storageQuota: { limit: "16106127360", usage: "2147483648", usageInDrive: "1610612736" },
  };
  const requested = fields.replaceAll(/\([^)]*\)|\/[^,]*/g, "").split(",");
  const entries = Object.entries(about).filter(([name]) => requested.includes("*") || requested.includes(name));
  return json(200, Object.fromEntries(entries));
}
