import { createHash } from "node:crypto";

/** What the store needs of a pool: `Pool` of `pg` has it, as have pools that behave like it. */
export interface PostgresPool {
  query(text: string, values?: unknown[]): Promise<QueryResult>;
}

/** What a query gives for each row. */
export type Row = Readonly<Record<string, unknown>>;

interface QueryResult {
  readonly rows: readonly Row[];
  readonly rowCount: number | null;
}

/** As `pg` takes what it prepares, once for each connection and name. */
interface PreparingPool {
  query(statement: { readonly name: string; readonly text: string; readonly values: unknown[] }): Promise<QueryResult>;
}

/** Sends what has values as a prepared statement: PostgreSQL then neither parses nor plans it anew each time. */
export function preparedQuery(pool: PostgresPool): PostgresPool["query"] {
  const preparing = pool as unknown as PreparingPool;
  const names = new Map<string, string>();
  return (text, values) => {
    if (values === undefined) return pool.query(text);
    let name = names.get(text);
    if (name === undefined) {
      // Several stores may share a connection: other text, another name.
      name = `scopegate_${createHash("sha256").update(text).digest("base64url")}`;
      names.set(text, name);
    }
    return preparing.query({ name, text, values });
  };
}
