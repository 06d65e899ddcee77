export type { PostgresPool } from "./pool.ts";
export { postgresTokenStore } from "./postgres-token-store.ts";
export type { PostgresTokenStore, PostgresTokenStoreOptions } from "./postgres-token-store.ts";
export { migrationSql } from "./schema.ts";
export type { TableOptions } from "./tables.ts";
