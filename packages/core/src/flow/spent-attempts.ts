import { randomInt } from "node:crypto";
import { AuthError } from "../errors/auth-error.ts";
import { callStore } from "../store/call-store.ts";
import { asOwnerId } from "../store/owner-id.ts";
import type { GrantKey, StoredGrant, TokenStore } from "../store/types.ts";

/** Attempts that one record remembers. A new one replaces the oldest. */
const MAX_REMEMBERED = 200;
/** How often a record is read again because another writer was faster. */
const MAX_CONFLICTS = 10;

/**
 * The attempts that have been spent, for all processes that share a store. By compare-and-set, only the first process
 * claims an attempt. A callback that is repeated (by a proxy, by a browser that restores its tabs, by a thief with the
 * cookie) then sends no code a second time, for which Google may revoke the tokens of the first.
 *
 * The records lie beside the grants, under a client ID of their own. Attempts whose IDs begin with the same two
 * characters share a record, so that the number of records is bounded without a clean-up.
 */
export class SpentAttempts {
  readonly #store: TokenStore;
  readonly #client: string;
  readonly #lifetime: number;
  readonly #now: () => number;

  /** @param lifetime - milliseconds for which a spent attempt stays rejected */
  constructor(store: TokenStore, client: string, lifetime: number, now: () => number) {
    this.#store = store;
    this.#client = `${client} spent attempts`;
    this.#lifetime = lifetime;
    this.#now = now;
  }

  /**
   * @returns whether this is the first claim of the attempt
   * @throws AuthError `store_unavailable`
   */
  async claim(id: string): Promise<boolean> {
    const key: GrantKey = { client: this.#client, owner: asOwnerId(id.slice(0, 2)), account: "spent" };
    for (let conflicts = 0; conflicts < MAX_CONFLICTS; conflicts++) {
      const found = await callStore(() => this.#store.get(key));
      const now = this.#now();
      const spent = spentIn(found).filter(([, until]) => until > now);
      if (spent.some(([other]) => other === id)) return false;
      const until = now + this.#lifetime;
      const next: StoredGrant = {
        id: "spent",
        version: found === undefined ? randomInt(1, 2 ** 30) : found.version + 1,
        payload: JSON.stringify([...spent, [id, until]].slice(-MAX_REMEMBERED)),
      };
      const condition = { ifVersion: found?.version ?? 0, expiresAt: until };
      if (await callStore(() => this.#store.put(key, next, condition))) return true;
    }
    throw new AuthError("store_unavailable", { detail: "the record of spent attempts kept changing" });
  }
}

function spentIn(found: StoredGrant | undefined): (readonly [id: string, until: number])[] {
  return found === undefined ? [] : (JSON.parse(found.payload) as [string, number][]);
}
