/** The place of the store's tables. */
export interface TableOptions {
  /** The schema of the tables: letters, digits, `_` and `$`. It must exist. Default: the first schema of the connection's `search_path`. */
  readonly schema?: string;
  /** The prefix of the tables' names: at most 40 characters of `a` to `z`, digits and `_`. Default `scopegate`. */
  readonly table?: string;
}

/** The names of the tables, quoted for SQL. */
export interface Tables {
  readonly grants: string;
  readonly signOuts: string;
  /** The sequence for fencing tokens and for the order of writes. */
  readonly sequence: string;
  /** The name of an index of the table of grants. */
  readonly index: (suffix: string) => string;
}

/**
 * The names of the tables for these options.
 * @param caller - the function that has the options, for error messages
 * @throws TypeError where a name needs escaping, or is so long that PostgreSQL would truncate it
 */
export function tablesOf({ schema, table = "scopegate" }: TableOptions, caller: string): Tables {
  if (schema !== undefined && !/^[A-Za-z_][A-Za-z0-9_$]{0,62}$/.test(schema)) {
    throw new TypeError(
      `${caller}: \`schema\` must be at most 63 letters, digits, _ and $, such as "auth", not ${JSON.stringify(schema)}`,
    );
  }
  if (!/^[a-z_][a-z0-9_]{0,39}$/.test(table)) {
    throw new TypeError(
      `${caller}: \`table\` must be a prefix of at most 40 characters (a to z, digits and _), not ${JSON.stringify(table)}`,
    );
  }
  const name = (suffix: string) => `${schema === undefined ? "" : `"${schema}".`}"${table}_${suffix}"`;
  return {
    grants: name("grants"),
    signOuts: name("sign_outs"),
    sequence: name("sequence"),
    index: (suffix) => `"${table}_grants_${suffix}"`,
  };
}
