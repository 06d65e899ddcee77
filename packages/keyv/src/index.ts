export type { KeyvLike } from "./keyv-records.ts";
export { keyvTokenStore } from "./keyv-token-store.ts";
export type { KeyvTokenStore, KeyvTokenStoreOptions } from "./keyv-token-store.ts";
