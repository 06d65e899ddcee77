import { AuthError } from "../errors/auth-error.ts";
import type { TokenResponse } from "../google/token-response.ts";
import type { VerifiedUser } from "../google/user.ts";
import type { ResolvedOptions } from "../options/options.ts";
import { randomToken } from "../seal/random.ts";
import type { Grant, VersionedGrant } from "../store/grant.ts";
import type { GrantKey } from "../store/types.ts";
import type { GrantVault } from "../store/vault.ts";
import type { Attempt } from "./attempt.ts";

/** Times that a grant is merged anew when another writer was faster. */
const MAX_CONFLICTS = 5;

/** What an authorization has brought. */
export interface Granted {
  readonly user: VerifiedUser;
  readonly scopes: readonly string[];
  readonly response: TokenResponse;
  readonly now: number;
  /** Whether the account was linked, not signed in with. */
  readonly linked: boolean;
}

/** Merges what Google granted with what is stored: the old refresh token stays where no new one came. */
export async function storeGrant(vault: GrantVault, key: GrantKey, granted: Granted): Promise<Grant> {
  for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
    const present = await readable(vault, key);
    const written = await vault.put(key, mergedGrant(present?.grant, granted), present?.version ?? 0);
    if (written !== undefined) return written.grant;
  }
  throw new AuthError("store_unavailable", { detail: "the grant kept changing while it was stored" });
}

/** A grant sealed by a key that is lost is no use to anyone, once the user has given a new one. */
async function readable(vault: GrantVault, key: GrantKey): Promise<VersionedGrant | undefined> {
  try {
    return await vault.get(key);
  } catch (error) {
    if (!(error instanceof AuthError) || error.code !== "unreadable_grant") throw error;
    await vault.delete(key);
    return undefined;
  }
}

function mergedGrant(present: Grant | undefined, { user, scopes, response, now, linked }: Granted): Grant {
  const refreshToken = response.refreshToken ?? present?.refreshToken;
  const refreshTokenExpiresAt =
    response.refreshTokenExpiresIn !== undefined
      ? now + response.refreshTokenExpiresIn * 1000
      : response.refreshToken === undefined
        ? present?.refreshTokenExpiresAt
        : undefined;
  return {
    id: present?.id ?? randomToken(16),
    // An ID token for fewer scopes says less of the same person.
    user: { ...present?.user, ...user },
    scopes: scopes.toSorted(),
    accessToken: response.accessToken,
    accessTokenExpiresAt: now + response.expiresIn * 1000,
    ...(refreshToken !== undefined && { refreshToken }),
    ...(refreshTokenExpiresAt !== undefined && { refreshTokenExpiresAt }),
    consentedAt: now,
    // Linking takes nothing from an account that the owner signs in with, on another device for instance.
    ...(linked && (present === undefined || present.linked) && { linked: true }),
  };
}

/**
 * Google sends a refresh token on the first consent only: one that was lost (a sign-out, a crash after the exchange)
 * comes back only if consent is shown again. Asked once, never in a circle.
 */
export function needsRerun(options: Pick<ResolvedOptions, "accessType">, attempt: Attempt, grant: Grant): boolean {
  const mayAsk = attempt.rerun === undefined && !/none|consent/.test(attempt.prompt ?? "");
  return options.accessType === "offline" && grant.refreshToken === undefined && mayAsk;
}

/** What to ask for the second time. */
export function rerunOf({ scopes, returnTo, redirectUri }: Attempt) {
  return { scopes, returnTo, redirectUri, prompt: "consent", rerun: true } as const;
}
