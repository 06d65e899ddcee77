import { tablesOf } from "./tables.ts";
import type { TableOptions } from "./tables.ts";

/**
 * The tables as SQL, for those who migrate by other means than `migrate()`. May be run again and again.
 *
 * One row a key, and in it the grant, its lease and its fences: so that a single statement, which needs no transaction
 * and no connection of its own, decides about all of them. A row without a payload is what a lease or a deleted grant
 * has left; it is swept once its fences need no more remembering.
 *
 * What is looked up is `bytea` of a fixed length: text of any length and collation would exceed an index entry, or be
 * equal to other text. None of the indexed columns changes when a grant is refreshed, so that PostgreSQL need not
 * touch the indexes then (a heap-only update, which `fillfactor` leaves room for).
 *
 * @throws TypeError for names of tables that make no sense
 */
export function migrationSql(options: TableOptions = {}): string {
  const { grants, signOuts, sequence, index } = tablesOf(options, "migrationSql");
  return `CREATE SEQUENCE IF NOT EXISTS ${sequence} AS bigint;
CREATE TABLE IF NOT EXISTS ${grants} (
  name bytea PRIMARY KEY,
  client text NOT NULL,
  owner text NOT NULL,
  account text NOT NULL,
  client_name bytea NOT NULL,
  owner_name bytea NOT NULL,
  subject_name bytea NOT NULL,
  grant_id text,
  version bigint,
  payload text,
  digests text[] NOT NULL DEFAULT '{}',
  expires_at timestamptz NOT NULL DEFAULT 'infinity',
  written bigint NOT NULL DEFAULT 0,
  lease_holder text,
  lease_ends_at timestamptz NOT NULL DEFAULT '-infinity',
  fence bigint NOT NULL DEFAULT 0,
  barrier bigint NOT NULL DEFAULT 0,
  empty_since timestamptz
) WITH (fillfactor = 80);
CREATE INDEX IF NOT EXISTS ${index("client")} ON ${grants} (client_name, name) WHERE payload IS NOT NULL;
CREATE INDEX IF NOT EXISTS ${index("owner")} ON ${grants} (owner_name) WHERE payload IS NOT NULL;
CREATE INDEX IF NOT EXISTS ${index("subject")} ON ${grants} (subject_name) WHERE payload IS NOT NULL;
CREATE INDEX IF NOT EXISTS ${index("digests")} ON ${grants} USING gin (digests) WHERE payload IS NOT NULL;
CREATE INDEX IF NOT EXISTS ${index("expiry")} ON ${grants} (expires_at) WHERE expires_at < 'infinity';
CREATE INDEX IF NOT EXISTS ${index("empty")} ON ${grants} (empty_since) WHERE empty_since IS NOT NULL;
CREATE TABLE IF NOT EXISTS ${signOuts} (
  name bytea PRIMARY KEY,
  client text NOT NULL,
  subject text NOT NULL,
  at bigint NOT NULL
);
`;
}
