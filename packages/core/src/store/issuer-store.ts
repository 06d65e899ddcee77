import { nativePromise } from "../util/native-promise.ts";
import type { GrantKey, TokenStore } from "./types.ts";

/**
 * The name under which stores keep the records of a client: its ID, and the issuer where that is not Google. Two issuers may
 * know the same client ID, and the refresh token of one must not reach the other.
 * @param issuer - `undefined` for Google, whose records keep the bare client ID as their name
 */
export function clientAt(client: string, issuer: string | undefined): string {
  return issuer === undefined ? client : `${client} at ${issuer}`;
}

/**
 * The part of a store that belongs to one issuer: grants, leases, sign-outs and spent attempts. The callers name the bare
 * client ID, and see the keys with it.
 * @param issuer - `undefined` for Google, whose part is the store as it is
 */
export function storeOfIssuer(store: TokenStore, issuer: string | undefined): TokenStore {
  if (issuer === undefined) return store;
  const inside = (key: GrantKey): GrantKey => ({ ...key, client: clientAt(key.client, issuer) });
  const found = (keys: readonly GrantKey[], client: string) => keys.map((key) => ({ ...key, client }));
  const outside = (given: readonly GrantKey[] | Promise<readonly GrantKey[]>, client: string) => {
    const keys = nativePromise(given);
    return keys instanceof Promise ? keys.then((all) => found(all, client)) : found(keys, client);
  };
  return {
    capabilities: store.capabilities,
    get: (key) => store.get(inside(key)),
    put: (key, grant, options) => store.put(inside(key), grant, options),
    delete: (key, options) => store.delete(inside(key), options),
    list: (client, owner) => outside(store.list(clientAt(client, issuer), owner), client),
    keysOf: (client, subject) => outside(store.keysOf(clientAt(client, issuer), subject), client),
    byTokenDigest: (client, digest) => outside(store.byTokenDigest(clientAt(client, issuer), digest), client),
    async *entries(client) {
      for await (const [key, grant] of store.entries(clientAt(client, issuer))) yield [{ ...key, client }, grant];
    },
    exclusively: (key, work) => store.exclusively(inside(key), work),
    signedOutAt: (client, subject) => store.signedOutAt(clientAt(client, issuer), subject),
    setSignedOut: (client, subject, at) => store.setSignedOut(clientAt(client, issuer), subject, at),
  };
}
