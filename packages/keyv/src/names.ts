import type { GrantKey, OwnerId } from "@scopegate/core/store-kit";
import { recordName } from "@scopegate/core/store-kit";

/** How many lists the grants of a client are divided into, so that each list stays short enough to be read as a whole. */
const BUCKETS = 256;

// Hexadecimal names of a fixed length: adapters allow 255 characters, and some databases ignore the case of letters.
const name = (kind: string, ...parts: readonly string[]) => `scopegate:${kind}:${recordName(...parts).toString("hex")}`;

export const grantName = ({ client, owner, account }: GrantKey) => name("grant", client, owner, account);
export const fencesName = ({ client, owner, account }: GrantKey) => name("fences", client, owner, account);
export const ownerIndex = (client: string, owner: OwnerId) => name("owner", client, owner);
export const subjectIndex = (client: string, subject: string) => name("subject", client, subject);
export const digestIndex = (client: string, digest: string) => name("digest", client, digest);
export const signOutName = (client: string, subject: string) => name("signed-out", client, subject);

/** The list of a client's grants that contains a key. */
export function bucketOf({ client, owner, account }: GrantKey): string {
  return bucketIndex(client, recordName(client, owner, account)[0]!);
}

/** All lists of a client's grants. */
export function* bucketsOf(client: string): Generator<string> {
  for (let bucket = 0; bucket < BUCKETS; bucket++) yield bucketIndex(client, bucket);
}

function bucketIndex(client: string, bucket: number): string {
  return name("all", client, String(bucket));
}
