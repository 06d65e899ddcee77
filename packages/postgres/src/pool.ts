/** What the store needs of a pool: `Pool` of `pg` has it, as have pools that behave like it. */
export interface PostgresPool {
  query(text: string, values?: unknown[]): Promise<{ readonly rows: readonly Row[]; readonly rowCount: number | null }>;
}

/** What a query gives for each row. */
export type Row = Readonly<Record<string, unknown>>;
