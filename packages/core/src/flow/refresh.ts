import { AuthError, toAuthError } from "../errors/auth-error.ts";
import type { TokenClient } from "../google/token-client.ts";
import type { TokenResponse } from "../google/token-response.ts";
import type { Grant, VersionedGrant } from "../store/grant.ts";
import type { GrantKey, Lease } from "../store/types.ts";
import type { GrantVault } from "../store/vault.ts";
import { observe } from "../util/diagnostics.ts";

/** An access token this close to its end is renewed first, in milliseconds: a request must still reach Google in time. */
const MARGIN_MS = 60_000;
/** Times that a grant is read again when another writer was faster. */
const MAX_CONFLICTS = 3;
/** Times that a lease is asked for anew, after it was lost. */
const MAX_LOSSES = 2;

/** What a caller needs of the access token. */
export interface Need {
  /** A token that an API has just refused with 401: any other one will do. */
  readonly rejected?: string;
  /** Another token than the one stored now, come what may. */
  readonly force?: boolean;
}

/** What refreshing tells its owner; each is awaited. */
export interface RefreshEvents {
  refreshed(key: GrantKey, grant: Grant): Promise<void>;
  failed(key: GrantKey, error: AuthError): Promise<void>;
}

/** What a {@link Refresher} is made from. */
export interface RefresherParts {
  readonly tokens: Pick<TokenClient, "refresh">;
  readonly now: () => number;
  /** The name of the Scopegate instance, for diagnostics. */
  readonly instance: string;
  readonly events: RefreshEvents;
}

/**
 * Gives live access tokens. However many ask for a grant at once, one of them refreshes it and all of them get the
 * result: within the process by sharing the promise, across processes by the store's lease.
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
   * The grant with an access token that meets the need.
   * @throws AuthError `reconnect_required`, `reauthentication_required`, `temporarily_unavailable`, `store_unavailable`
   */
  async liveGrant(vault: GrantVault, key: GrantKey, need: Need = {}): Promise<VersionedGrant> {
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
    return liveOf(await this.#tell(key, refresh));
  }

  /** Tells the app, once the lease has ended: a hook may itself ask for a token, and may take its time. */
  async #tell(key: GrantKey, refresh: Promise<Refreshed>): Promise<Refreshed> {
    try {
      const refreshed = await refresh;
      if (refreshed.isNew) await this.#events.refreshed(key, refreshed.live.grant);
      return refreshed;
    } catch (error) {
      await this.#events.failed(key, toAuthError(error, "internal_error"));
      throw error;
    }
  }

  #meets({ accessToken, accessTokenExpiresAt }: Grant, need: Need): boolean {
    if (accessToken === need.rejected || (need.force && need.rejected === undefined)) return false;
    return accessTokenExpiresAt - this.#now() > MARGIN_MS;
  }

  /**
   * Refreshes under the store's lease; under another one where that was lost, since this process was paused for longer
   * than it lasts: whoever had the lease next may have refreshed the grant.
   */
  async #refreshAlone(vault: GrantVault, key: GrantKey, need: Need): Promise<Refreshed> {
    for (let losses = 0; ; losses++) {
      const refreshed = await vault.exclusively(key, async (lease) => {
        try {
          return await this.#refresh(vault, key, need, lease);
        } catch (error) {
          if (lease.signal.aborted && isPassing(error) && losses < MAX_LOSSES) return undefined;
          throw error;
        }
      });
      if (refreshed !== undefined) return refreshed;
    }
  }

  async #refresh(vault: GrantVault, key: GrantKey, need: Need, lease: Lease): Promise<Refreshed> {
    for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
      // Whoever had the lease before may have refreshed it.
      const current = await vault.get(key);
      if (current === undefined) return { live: undefined, isNew: false };
      if (this.#meets(current.grant, need)) return { live: current, isNew: false };

      const { grant, version } = current;
      if (grant.refreshToken === undefined) {
        // An access token alone is of use until it ends or Google refuses it.
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
        // Only Google's word that the refresh token is dead deletes it, and only the version that it was said of.
        if (error.code === "reconnect_required" && !(await vault.delete(key, version))) continue;
        throw error;
      }
      const live = await vault.put(key, refreshedGrant(grant, response, this.#now()), version, lease.fence);
      if (live !== undefined) return { live, isNew: true };
    }
    throw new AuthError("store_unavailable", { detail: "the grant kept changing while it was refreshed" });
  }
}

/** What a refresh came to: whether Google was asked, or somebody else had been faster, and refreshed or deleted the grant. */
type Refreshed =
  | { readonly live: VersionedGrant; readonly isNew: boolean }
  | { readonly live: undefined; readonly isNew: false };

/** Whoever deleted the grant has told the app why; in this process nothing has failed. */
function liveOf({ live }: Refreshed): VersionedGrant {
  if (live === undefined) throw new AuthError("reconnect_required", { detail: "the grant was deleted meanwhile" });
  return live;
}

function isPassing(error: unknown): boolean {
  return error instanceof AuthError && error.code === "temporarily_unavailable";
}

/** The grant after a refresh: what the response does not name stays as it was. */
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
    ...(refreshToken !== undefined && { refreshToken }),
    ...(refreshTokenExpiresAt !== undefined && { refreshTokenExpiresAt }),
    consentedAt: grant.consentedAt,
    ...(grant.linked && { linked: true }),
  };
}
