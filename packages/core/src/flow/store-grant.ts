import { AuthError } from "../errors/auth-error.ts";
import { mergeClaims } from "../google/merge-claims.ts";
import { missingScopes } from "../google/scopes.ts";
import type { TokenResponse } from "../google/token-response.ts";
import type { VerifiedUser } from "../google/user.ts";
import type { ResolvedOptions } from "../options/resolve-options.ts";
import { randomToken } from "../seal/random.ts";
import type { Grant } from "../store/grant.ts";
import type { GrantKey } from "../store/types.ts";
import type { GrantVault } from "../store/vault.ts";
import type { Attempt } from "./attempt.ts";
import { readOrDelete } from "./read-grant.ts";

/** How often a grant is merged again because another writer was faster. */
const MAX_CONFLICTS = 5;

/** Google's response to an authorization, after the ID token was validated. */
export interface Validated {
  readonly user: VerifiedUser;
  /** The time of the consent, after every sign-out that came before. Milliseconds since the epoch. */
  readonly at: number;
  readonly response: TokenResponse;
}

/** The result of an authorization. */
export interface Granted extends Validated {
  readonly scopes: readonly string[];
  readonly now: number;
  /** Whether the account was linked, and is not the one that signed in. */
  readonly linked: boolean;
}

/**
 * Merges a new grant with the stored one and stores it. The stored refresh token stays if Google sent no new one.
 * @throws AuthError `store_unavailable`
 */
export async function storeGrant(vault: GrantVault, key: GrantKey, granted: Granted): Promise<Grant> {
  for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
    const present = await readOrDelete(vault, key);
    const written = await vault.put(key, mergedGrant(present?.grant, granted), present?.version ?? 0);
    if (written !== undefined) return written.grant;
  }
  throw new AuthError("store_unavailable", { detail: "the grant kept changing while it was stored" });
}

function mergedGrant(present: Grant | undefined, { user, at, scopes, response, now, linked }: Granted): Grant {
  const refreshToken = response.refreshToken ?? present?.refreshToken;
  const refreshTokenExpiresAt =
    response.refreshTokenExpiresIn !== undefined
      ? now + response.refreshTokenExpiresIn * 1000
      : response.refreshToken === undefined
        ? present?.refreshTokenExpiresAt
        : undefined;
  return {
    id: present?.id ?? randomToken(16),
    user: mergeClaims(present?.user, user, scopes),
    scopes: scopes.toSorted(),
    accessToken: response.accessToken,
    accessTokenExpiresAt: now + response.expiresIn * 1000,
    obtainedAt: now,
    ...(refreshToken !== undefined && { refreshToken }),
    ...(refreshTokenExpiresAt !== undefined && { refreshTokenExpiresAt }),
    consentedAt: at,
    // Linking an account that its owner also signs in with, on another device for instance, must not change that.
    ...(linked && (present === undefined || present.linked) && { linked: true }),
  };
}

/**
 * The requested scopes that were not granted, canonical. Sign-in scopes count too: the user cannot deselect them, but a
 * response can lack them, and a guard that requires one would request it again and again.
 */
export function declinedScopes(attempt: Pick<Attempt, "scopes">, grant: Pick<Grant, "scopes">): string[] {
  return missingScopes(new Set(grant.scopes), attempt.scopes);
}

/**
 * Whether a consent retry is needed. Google sends a refresh token on the first consent only. If it was lost (a sign-out,
 * a crash after the exchange), Google sends one again only after showing the consent screen. Asked once per attempt.
 */
export function needsConsentRetry(
  options: Pick<ResolvedOptions, "accessType">,
  attempt: Attempt,
  grant: Grant,
): boolean {
  const mayAsk = attempt.consentRetry === undefined && !/none|consent/.test(attempt.prompt ?? "");
  return options.accessType === "offline" && grant.refreshToken === undefined && mayAsk;
}

/** The authorization request of a consent retry. */
export function consentRetryOf({ scopes, returnTo, redirectUri }: Attempt) {
  return { scopes, returnTo, redirectUri, prompt: "consent", consentRetry: true } as const;
}
