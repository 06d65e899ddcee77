import type { GrantKey, OwnerId } from "@scopegate/core/store-kit";
import { recordName } from "@scopegate/core/store-kit";

/** How many buckets the grants of a client are divided into. A cluster keeps a bucket and its indexes in one slot. */
const BUCKETS = 256;

/** The names of the keys that belong to one grant. They share a slot, so that one script can read and write all of them. */
export interface GrantNames {
  /** The member that represents the grant in indexes. */
  readonly member: string;
  readonly grant: string;
  readonly lease: string;
  readonly fences: string;
  /** A sorted set of the owner's grants, in the order of their last writes. */
  readonly accounts: string;
  readonly bucket: BucketNames;
}

/** The names of the keys that the grants of a bucket share. */
export interface BucketNames {
  /** A sorted set of all grants of the bucket, in the order of their names. */
  readonly all: string;
  /** The number of leases of the bucket so far, from which fencing tokens come. */
  readonly counter: string;
}

/**
 * Makes the names of keys. The part in braces decides the slot of a cluster
 * (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags). For a grant and the keys that
 * change with it, this is the bucket; for an index over several owners (by Google account, by digest), its own name.
 */
export class Names {
  readonly #prefix: string;
  /** The name of the last client, cached: an app has one client or a few, and needs the name with each call. */
  #client: { readonly id: string; readonly name: string } | undefined;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** The names that belong to a grant. */
  ofGrant(key: GrantKey): GrantNames {
    const owner = recordName(key.client, key.owner);
    const bucket = owner[0]!;
    const name = recordName(key.client, key.owner, key.account).toString("base64url");
    return this.#ofGrant(key.client, bucket, name, owner.toString("base64url"));
  }

  /** The names that belong to the grant of an index's member. The owner, and so `accounts`, is not known from it. */
  ofMember(client: string, member: string): Omit<GrantNames, "accounts"> {
    return this.#ofGrant(client, Number.parseInt(member.slice(0, 2), 16), member.slice(2), "");
  }

  /** The sorted set of an owner's grants. */
  accountsOf(client: string, owner: OwnerId): string {
    return this.ofGrant({ client, owner, account: "" }).accounts;
  }

  /** The buckets of a client. */
  *buckets(client: string): Generator<BucketNames> {
    for (let bucket = 0; bucket < BUCKETS; bucket++) yield this.#ofBucket(this.#tag(client, bucket));
  }

  /**
   * The name of an index over several owners, or of the record of a sign-out.
   * @param of - the Google account or the digest
   */
  ofIndex(client: string, kind: "subject" | "digest" | "signed-out", of: string): string {
    return `${this.#prefix}:${kind}:{${recordName(client, kind, of).toString("base64url")}}`;
  }

  #tag(client: string, bucket: number): string {
    if (this.#client?.id !== client) {
      this.#client = { id: client, name: recordName(client).toString("base64url").slice(0, 22) };
    }
    return `{${this.#client.name}:${hex(bucket)}}`;
  }

  #ofBucket(tag: string): BucketNames {
    return { all: `${this.#prefix}:all:${tag}`, counter: `${this.#prefix}:counter:${tag}` };
  }

  #ofGrant(client: string, bucket: number, name: string, owner: string): GrantNames {
    const tag = this.#tag(client, bucket);
    const of = (kind: string, what: string) => `${this.#prefix}:${kind}:${tag}:${what}`;
    return {
      member: hex(bucket) + name,
      grant: of("grant", name),
      lease: of("lease", name),
      fences: of("fences", name),
      accounts: of("accounts", owner),
      bucket: this.#ofBucket(tag),
    };
  }
}

function hex(bucket: number): string {
  return bucket.toString(16).padStart(2, "0");
}
