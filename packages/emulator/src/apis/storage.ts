import { json } from "../http/responses.ts";
import { paths } from "../protocol/paths.ts";
import { allowsRole } from "../state/access-boundary.ts";
import { apiError } from "./api-errors.ts";
import type { ApiCall, ApiMethod } from "./api.ts";

const scope = (name: string) => `https://www.googleapis.com/auth/${name}`;
const objectsPath = new RegExp(`^${paths.storage}/b/([a-z0-9][a-z0-9._-]+)/o$`);
/** The predefined roles that allow listing the objects of a bucket. */
const listingRoles = ["objectViewer", "objectUser", "objectAdmin", "admin", "legacyBucketReader"].map(
  (name) => `roles/storage.${name}`,
);

/** `GET /storage/v1/b/BUCKET/o` of Cloud Storage, the only API that supports access boundaries. */
export const storageMethods: readonly ApiMethod[] = [
  {
    path: objectsPath,
    name: "storage.objects.list",
    service: "storage.googleapis.com",
    scopes: [
      scope("cloud-platform"),
      scope("devstorage.read_only"),
      scope("devstorage.read_write"),
      scope("devstorage.full_control"),
    ],
    acceptsBoundaries: true,
    respond: listObjects,
  },
];

function listObjects({ path, user, boundary }: ApiCall) {
  const bucket = objectsPath.exec(path)![1]!;
  if (!allowsRole(boundary, `//storage.googleapis.com/projects/_/buckets/${bucket}`, listingRoles)) {
    const permission = "storage.objects.list access to the Google Cloud Storage bucket";
    const caller = user.email || user.sub;
    const message = `${caller} does not have ${permission}. Permission 'storage.objects.list' denied on resource (or it may not exist).`;
    return apiError(403, message, "forbidden");
  }
  const items = ["invoices/2026-01.pdf", "readme.txt"].map((name) => ({
    kind: "storage#object",
    id: `${bucket}/${name}/1`,
    bucket,
    name,
  }));
  return json(200, { kind: "storage#objects", items });
}
