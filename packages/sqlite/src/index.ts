export { sqliteTokenStore } from "./sqlite-token-store.ts";
export type { SqliteTokenStoreOptions } from "./sqlite-token-store.ts";
