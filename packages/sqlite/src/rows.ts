import type { GrantKey, StoredGrant } from "@scopegate/core/store-kit";
import { asOwnerId, escapeText, unescapeText } from "@scopegate/core/store-kit";

/** A row of a query's result, by the names of its columns. */
export type Row = Record<string, unknown>;

/** The parameters of a statement for a key. */
export function columnsOf({ client, owner, account }: GrantKey) {
  return { client: escapeText(client), owner: escapeText(owner), account: escapeText(account) };
}

/** The key of a row. */
export function keyOf(row: Row): GrantKey {
  const text = (column: string) => unescapeText(row[column] as string);
  return { client: text("client"), owner: asOwnerId(text("owner")), account: text("account") };
}

/** The grant of a row. */
export function grantOf(row: Row): StoredGrant {
  return { id: row["grant_id"] as string, version: row["version"] as number, payload: row["payload"] as string };
}
