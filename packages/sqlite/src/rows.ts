import type { GrantKey, StoredGrant } from "@scopegate/core";
import { escapeText, unescapeText } from "@scopegate/core/store-kit";

/** What a query gives for each row. */
export type Row = Record<string, unknown>;

/** A key as parameters of a statement. */
export function columnsOf({ client, owner, account }: GrantKey) {
  return { client: escapeText(client), owner: escapeText(owner), account: escapeText(account) };
}

export function keyOf(row: Row): GrantKey {
  const text = (column: string) => unescapeText(row[column] as string);
  return { client: text("client"), owner: text("owner"), account: text("account") };
}

export function grantOf(row: Row): StoredGrant {
  return { id: row["grant_id"] as string, version: row["version"] as number, payload: row["payload"] as string };
}
