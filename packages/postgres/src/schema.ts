import { tablesOf } from "./tables.ts";
import type { TableOptions } from "./tables.ts";

// Each key has one row with the grant, its lease and its fencing tokens, so that a single statement decides about all of
// them, without a transaction of several statements. A row without a payload is left by a lease or a deleted grant. It is
// swept when its fencing tokens are no longer needed.
//
// Indexed columns are hashes (`bytea` of a fixed length): long text would not fit into an index entry, and some collations
// treat different texts as equal. A refresh changes no indexed column, so that PostgreSQL need not update the indexes
// (a heap-only update, which `fillfactor` leaves room for).

/**
 * The SQL that creates the tables of {@link postgresTokenStore}, for apps that do not call `migrate()`. It changes nothing
 * where the tables exist, so it can run again.
 *
 * @throws TypeError where `schema` or `table` is no valid name
 *
 * @example
 * ```ts
 * import { writeFileSync } from "node:fs";
 * import { migrationSql } from "@scopegate/postgres";
 *
 * writeFileSync("migrations/001-scopegate.sql", migrationSql({ schema: "auth" }));
 * ```
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
