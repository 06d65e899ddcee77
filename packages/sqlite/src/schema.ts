/**
 * The tables. Clients, owners and accounts are readable text; characters that SQLite would cut or confuse are escaped.
 *
 * `scopegate_leases.barrier` is the lowest fencing token that may write a key. It is not in the table of grants, because
 * it must outlive the grant: a lease from before a deletion must not bring the grant back.
 */
export const SCHEMA = `
CREATE TABLE IF NOT EXISTS scopegate_grants (
  id INTEGER PRIMARY KEY,
  client TEXT NOT NULL,
  owner TEXT NOT NULL,
  account TEXT NOT NULL,
  grant_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  payload TEXT NOT NULL,
  expires_at INTEGER,
  written INTEGER NOT NULL,
  UNIQUE (client, owner, account)
) STRICT;
CREATE INDEX IF NOT EXISTS scopegate_grants_subject ON scopegate_grants (client, account);
CREATE INDEX IF NOT EXISTS scopegate_grants_expiry ON scopegate_grants (expires_at) WHERE expires_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS scopegate_digests (
  client TEXT NOT NULL,
  digest TEXT NOT NULL,
  grant_row INTEGER NOT NULL,
  PRIMARY KEY (client, digest, grant_row)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS scopegate_digests_grant ON scopegate_digests (grant_row);
CREATE TABLE IF NOT EXISTS scopegate_leases (
  client TEXT NOT NULL,
  owner TEXT NOT NULL,
  account TEXT NOT NULL,
  holder TEXT,
  ends_at INTEGER NOT NULL DEFAULT 0,
  fence INTEGER NOT NULL DEFAULT 0,
  barrier INTEGER NOT NULL DEFAULT 0,
  touched_at INTEGER NOT NULL,
  PRIMARY KEY (client, owner, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS scopegate_leases_touched ON scopegate_leases (touched_at);
CREATE TABLE IF NOT EXISTS scopegate_sign_outs (
  client TEXT NOT NULL,
  subject TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (client, subject)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS scopegate_counter (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  value INTEGER NOT NULL
) STRICT;
INSERT INTO scopegate_counter (only, value) VALUES (1, 0) ON CONFLICT DO NOTHING;
`;
