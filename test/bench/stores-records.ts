// Grants for the sections on stores: made up, and sealed as the vault seals them.
import { randomBytes } from "node:crypto";
import { createSealer } from "../../packages/core/src/seal/sealer.ts";
import type { Grant } from "../../packages/core/src/store/grant.ts";
import { memoryTokenStore } from "../../packages/core/src/store/memory-token-store.ts";
import { ownerIdOfUser } from "../../packages/core/src/store/owner-id.ts";
import type { GrantKey, PutOptions, StoredGrant, TokenStore } from "../../packages/core/src/store/types.ts";
import { GrantVault } from "../../packages/core/src/store/vault.ts";
import { CALENDAR, CLIENT, DRIVE } from "../harness/app/scenario.ts";

/** What a vault hands its store. */
export interface SealedRecord {
  readonly key: GrantKey;
  readonly grant: StoredGrant;
  readonly options: PutOptions;
}

const sealer = createSealer([randomBytes(32)], "stored grant");

/** As an app has it in front of a store. */
export function vaultOver(store: TokenStore): GrantVault {
  return new GrantVault(store, sealer);
}

/** Google's subjects are of 21 digits. */
const FIRST_SUBJECT = 100_000_000_000_000_000_000n;

/** The key of the grant of one made-up user: one account each, as most users have. */
export function recordKey(index: number): GrantKey {
  const account = String(FIRST_SUBJECT + BigInt(index));
  return { client: CLIENT.clientId, owner: ownerIdOfUser(String(index)), account };
}

/** What that user granted. Tokens are as long as Google's are. */
export function recordGrant(index: number): Grant {
  const { account } = recordKey(index);
  return {
    id: randomBytes(16).toString("base64url"),
    user: {
      sub: account,
      email: `user-${index}@example.com`,
      emailVerified: true,
      name: "Ada Lovelace",
      picture: `https://lh3.googleusercontent.com/a/${randomBytes(36).toString("base64url")}=s96-c`,
    },
    scopes: ["openid", "email", "profile", DRIVE, CALENDAR],
    accessToken: `ya29.${randomBytes(160).toString("base64url")}`,
    accessTokenExpiresAt: Date.now() + 3_600_000,
    refreshToken: `1//${randomBytes(75).toString("base64url")}`,
    consentedAt: Date.now(),
  };
}

/** What a vault hands its store at the first writes of the grants of these users. */
export async function sealRecords(first: number, count: number): Promise<readonly SealedRecord[]> {
  const records: SealedRecord[] = [];
  const vault = vaultOver({
    ...memoryTokenStore(),
    put: (key, grant, options = {}) => records.push({ key, grant, options }) > 0,
  });
  for (let index = first; index < first + count; index++) {
    await vault.put(recordKey(index), recordGrant(index), 0);
  }
  return records;
}
