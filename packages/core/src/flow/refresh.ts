import { AuthError, toAuthError } from "../errors/auth-error.ts";
import type { TokenClient } from "../google/token-client.ts";
import type { TokenResponse } from "../google/token-response.ts";
import type { Grant, VersionedGrant } from "../store/grant.ts";
import type { GrantKey, Lease } from "../store/types.ts";
import type { GrantVault } from "../store/vault.ts";
import { observe } from "../util/diagnostics.ts";

/** An access token that expires within this time is refreshed first: the app's request must still reach Google in time. */
const MARGIN_MS = 60_000;
/** How often a grant is read again because another writer was faster. */
const MAX_CONFLICTS = 3;
/** How often a lost lease is requested again. */
const MAX_LOSSES = 2;

/** The conditions that an access token must meet for a caller. */
export interface TokenNeed {
  /** An API has just rejected this token with 401, so that any other one will do. */
  readonly rejected?: string;
  /** Refresh even if the stored token is still good. */
  readonly force?: boolean;
}

/** The results that a {@link Refresher} reports. It waits for each. */
export interface RefreshEvents {
  refreshed(key: GrantKey, grant: Grant): Promise<void>;
  failed(key: GrantKey, error: AuthError): Promise<void>;
}

/** The parts of a {@link Refresher}. */
export interface RefresherParts {
  readonly tokens: Pick<TokenClient, "refresh">;
  readonly now: () => number;
  /** The name of the Scopegate instance, for diagnostics. */
  readonly instance: string;
  readonly events: RefreshEvents;
}

/**
 * Gives live access tokens. If many callers need a grant refreshed at once, one of them does it and all get the result:
 * callers in one process share the promise, and processes share the store's lease.
 */
export class Refresher {
  readonly #tokens: RefresherParts["tokens"];
  readonly #now: () => number;
  readonly #instance: string;
  readonly #events: RefreshEvents;
  readonly #inFlight = new Map<string, Promise<Refreshed>>();

  constructor({ tokens, now, instance, events }: RefresherParts) {
    this.#tokens = tokens;
    this.#now = now;
    this.#instance = instance;
    this.#events = events;
  }

  /**
   * The grant, with an access token that meets the need.
   * @throws AuthError `reconnect_required`, `reauthentication_required`, `temporarily_unavailable`, `store_unavailable`
   */
  async liveGrant(vault: GrantVault, key: GrantKey, need: TokenNeed = {}): Promise<VersionedGrant> {
    const current = await vault.get(key);
    if (current === undefined) throw new AuthError("reconnect_required", { detail: "no grant is stored" });
    if (this.#meets(current.grant, need)) return current;

    // The grant's id is part of the name: in sessions, one account can have a grant in each.
    const name = JSON.stringify([key.client, key.owner, key.account, current.grant.id]);
    const running = this.#inFlight.get(name);
    if (running !== undefined) return liveOf(await running);
    const wanted = { ...need, ...(need.force && { rejected: current.grant.accessToken }) };
    const refresh = this.#refreshAlone(vault, key, wanted).finally(() => this.#inFlight.delete(name));
    this.#inFlight.set(name, refresh);
    return liveOf(await this.#report(key, refresh));
  }

  /** Reports after the lease has ended, because a hook may ask for a token itself and may be slow. */
  async #report(key: GrantKey, refresh: Promise<Refreshed>): Promise<Refreshed> {
    try {
      const refreshed = await refresh;
      if (refreshed.isNew) await this.#events.refreshed(key, refreshed.live.grant);
      return refreshed;
    } catch (error) {
      await this.#events.failed(key, toAuthError(error, "internal_error"));
      throw error;
    }
  }

  #meets({ accessToken, accessTokenExpiresAt, obtainedAt = 0, refreshToken }: Grant, need: TokenNeed): boolean {
    if (accessToken === need.rejected || (need.force && need.rejected === undefined)) return false;
    const now = this.#now();
    // A process whose clock is ahead stored an end that is too late, so the token is refreshed where that is possible. An
    // end that is late by less than the margin does no harm.
    if (refreshToken !== undefined && obtainedAt > now + MARGIN_MS) return false;
    return accessTokenExpiresAt - now > MARGIN_MS;
  }

  /**
   * Refreshes under the store's lease. If the lease is lost because this process was paused for too long, requests
   * another one: the process that had it meanwhile may have refreshed the grant.
   */
  async #refreshAlone(vault: GrantVault, key: GrantKey, need: TokenNeed): Promise<Refreshed> {
    for (let losses = 0; ; losses++) {
      const refreshed = await vault.exclusively(key, async (lease) => {
        try {
          return await this.#refresh(vault, key, need, lease);
        } catch (error) {
          if (lease.signal.aborted && isRetryable(error) && losses < MAX_LOSSES) return undefined;
          throw error;
        }
      });
      if (refreshed !== undefined) return refreshed;
    }
  }

  async #refresh(vault: GrantVault, key: GrantKey, need: TokenNeed, lease: Lease): Promise<Refreshed> {
    for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
      // The process that had the lease before may have refreshed the grant.
      const current = await vault.get(key);
      if (current === undefined) return { live: undefined, isNew: false };
      if (this.#meets(current.grant, need)) return { live: current, isNew: false };

      const { grant, version } = current;
      if (grant.refreshToken === undefined) {
        // Without a refresh token, the access token works until it expires or Google rejects it.
        const ended = grant.accessTokenExpiresAt <= this.#now() || !need.force;
        if (ended && !(await vault.delete(key, version))) continue;
        throw new AuthError("reconnect_required", { detail: "there is no refresh token" });
      }
      let response: TokenResponse;
      try {
        const request = { refreshToken: grant.refreshToken, signal: lease.signal };
        response = await observe("refresh", this.#instance, () => this.#tokens.refresh(request));
      } catch (thrown) {
        const error = toAuthError(thrown, "temporarily_unavailable");
        // Only Google's `invalid_grant` deletes a refresh token, and only the version that Google rejected.
        if (error.code === "reconnect_required" && !(await vault.delete(key, version))) continue;
        throw error;
      }
      const live = await vault.put(key, refreshedGrant(grant, response, this.#now()), version, lease.fence);
      if (live !== undefined) return { live, isNew: true };
    }
    throw new AuthError("store_unavailable", { detail: "the grant kept changing while it was refreshed" });
  }
}

/** The result of a refresh: `isNew` if Google was asked here; otherwise another process refreshed or deleted the grant. */
type Refreshed =
  | { readonly live: VersionedGrant; readonly isNew: boolean }
  | { readonly live: undefined; readonly isNew: false };

/** A deleted grant is no failure of this process: the one that deleted it has reported why. */
function liveOf({ live }: Refreshed): VersionedGrant {
  if (live === undefined)
    throw new AuthError("reconnect_required", { detail: "another process deleted the grant meanwhile" });
  return live;
}

function isRetryable(error: unknown): boolean {
  return error instanceof AuthError && error.code === "temporarily_unavailable";
}

/** The grant after a refresh. Values that the response does not name stay. */
function refreshedGrant(grant: Grant, response: TokenResponse, now: number): Grant {
  const refreshTokenExpiresAt =
    response.refreshTokenExpiresIn === undefined
      ? grant.refreshTokenExpiresAt
      : now + response.refreshTokenExpiresIn * 1000;
  const refreshToken = response.refreshToken ?? grant.refreshToken;
  return {
    id: grant.id,
    user: grant.user,
    scopes: response.scopes ?? grant.scopes,
    accessToken: response.accessToken,
    accessTokenExpiresAt: now + response.expiresIn * 1000,
    obtainedAt: now,
    ...(refreshToken !== undefined && { refreshToken }),
    ...(refreshTokenExpiresAt !== undefined && { refreshTokenExpiresAt }),
    consentedAt: grant.consentedAt,
    ...(grant.linked && { linked: true }),
  };
}
