import { randomInt } from "node:crypto";
import { AuthError } from "../errors/auth-error.ts";
import { callStore } from "../store/call-store.ts";
import type { GrantKey, StoredGrant, TokenStore } from "../store/types.ts";

/** Attempts that one record remembers at most; the oldest give way. */
const MAX_REMEMBERED = 200;
/** Times that a record is read again when another writer was faster. */
const MAX_CONFLICTS = 10;

/**
 * Attempts that have come back, as all processes know that share a store: by compare-and-set, the first one to name an
 * attempt has it. Whatever else a callback repeats (a proxy, a browser that restores its tabs, whoever copied the
 * cookie) then sends no code a second time, for which Google may revoke what it gave for the first.
 *
 * In records beside the grants, under a client ID of their own. Each is for the attempts whose IDs begin alike, so that
 * their number is bounded without anyone's having to clean up.
 */
export class SpentAttempts {
  readonly #store: TokenStore;
  readonly #client: string;
  readonly #lifetime: number;
  readonly #now: () => number;

  /** @param lifetime - how long an attempt stays refused, in milliseconds */
  constructor(store: TokenStore, client: string, lifetime: number, now: () => number) {
    this.#store = store;
    this.#client = `${client} spent attempts`;
    this.#lifetime = lifetime;
    this.#now = now;
  }

  /**
   * @returns whether nobody has claimed this attempt before
   * @throws AuthError `store_unavailable`
   */
  async claim(id: string): Promise<boolean> {
    const key: GrantKey = { client: this.#client, owner: id.slice(0, 2), account: "spent" };
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
