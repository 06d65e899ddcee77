import type { GrantKey } from "@scopegate/core";
import { recordName } from "@scopegate/core/store-kit";

/** Into how many parts the grants of a client are split: each is in one slot of a cluster, with its indexes. */
const BUCKETS = 256;

/** The names of what belongs to one grant. All of them are in one slot: a script reads and writes them at once. */
export interface GrantNames {
  /** What stands for the grant in indexes. */
  readonly member: string;
  readonly grant: string;
  readonly lease: string;
  readonly fences: string;
  /** A sorted set: the accounts of the owner, by the order of their last write. */
  readonly accounts: string;
  readonly bucket: BucketNames;
}

/** The names of what the grants of a bucket share. */
export interface BucketNames {
  /** A sorted set: all grants of the bucket, in the order of their names. */
  readonly all: string;
  /** Counts the leases of the bucket: the source of fences. */
  readonly counter: string;
}

/**
 * The names of keys. What braces enclose decides the slot: the bucket for a grant and all that must change with it,
 * and for the indexes over several owners (by subject, by digest) the name of the index itself.
 */
export class Names {
  readonly #prefix: string;
  /** The client that was named last. An app has one or a few, and names it with each grant. */
  #client: { readonly id: string; readonly name: string } | undefined;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  ofGrant(key: GrantKey): GrantNames {
    const owner = recordName(key.client, key.owner);
    const bucket = owner[0]!;
    const name = recordName(key.client, key.owner, key.account).toString("base64url");
    return this.#ofGrant(key.client, bucket, name, owner.toString("base64url"));
  }

  /** What a member of an index stands for; its owner's accounts are not known from it. */
  ofMember(client: string, member: string): Omit<GrantNames, "accounts"> {
    return this.#ofGrant(client, Number.parseInt(member.slice(0, 2), 16), member.slice(2), "");
  }

  accountsOf(client: string, owner: string): string {
    return this.ofGrant({ client, owner, account: "" }).accounts;
  }

  *buckets(client: string): Generator<BucketNames> {
    for (let bucket = 0; bucket < BUCKETS; bucket++) yield this.#ofBucket(this.#tag(client, bucket));
  }

  /** An index over several owners, or a sign-out: `kind` and `of` say which. */
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
