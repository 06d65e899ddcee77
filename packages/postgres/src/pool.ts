import { createHash } from "node:crypto";

/** The method of a pool that the store uses. A `Pool` of `pg` has it. */
export interface PostgresPool {
  query(text: string, values?: unknown[]): Promise<QueryResult>;
}

/** A row of a query's result, by the names of its columns. */
export type Row = Readonly<Record<string, unknown>>;

interface QueryResult {
  readonly rows: readonly Row[];
  readonly rowCount: number | null;
}

/** The form in which `pg` takes a prepared statement. It prepares the statement once for each connection and name. */
interface PreparingPool {
  query(statement: { readonly name: string; readonly text: string; readonly values: unknown[] }): Promise<QueryResult>;
}

/** Sends each query with values as a prepared statement, so that PostgreSQL need not parse and plan it every time. */
export function preparedQuery(pool: PostgresPool): PostgresPool["query"] {
  const preparing = pool as unknown as PreparingPool;
  const names = new Map<string, string>();
  return (text, values) => {
    if (values === undefined) return pool.query(text);
    let name = names.get(text);
    if (name === undefined) {
      // Several stores may share a connection, so that a statement's name must be unique to its text.
      name = `scopegate_${createHash("sha256").update(text).digest("base64url")}`;
      names.set(text, name);
    }
    return preparing.query({ name, text, values });
  };
}
