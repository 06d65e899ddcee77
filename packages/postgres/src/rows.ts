import type { GrantKey, StoredGrant } from "@scopegate/core/store-kit";
import { asOwnerId, escapeText, recordName, unescapeText } from "@scopegate/core/store-kit";
import type { Row } from "./pool.ts";

/** The primary key of a grant's row. */
export function rowName({ client, owner, account }: GrantKey): Buffer {
  return recordName(client, owner, account);
}

/** The values of a key's columns, in the order of {@link KEY_COLUMNS}. */
export function keyValues(key: GrantKey): unknown[] {
  const { client, owner, account } = key;
  const text = [client, owner, account].map(escapeText);
  return [rowName(key), ...text, recordName(client), recordName(client, owner), recordName(client, account)];
}

/** The columns of a key. */
export const KEY_COLUMNS = "name, client, owner, account, client_name, owner_name, subject_name";
/** The parameters of {@link keyValues} in a statement. */
export const KEY_VALUES = "$1, $2, $3, $4, $5, $6, $7";

/** The key of a row. */
export function keyOf(row: Row): GrantKey {
  const text = (column: string) => unescapeText(row[column] as string);
  return { client: text("client"), owner: asOwnerId(text("owner")), account: text("account") };
}

/** The grant of a row. */
export function grantOf(row: Row): StoredGrant {
  // `pg` returns a bigint as text.
  return { id: row["grant_id"] as string, version: Number(row["version"]), payload: row["payload"] as string };
}
