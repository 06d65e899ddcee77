/** Where the store keeps its tables. */
export interface TableOptions {
  /** The schema, which must exist. Default: the first of the connection's `search_path`. */
  readonly schema?: string;
  /** What the names of the tables begin with, at most 40 characters of `a` to `z`, digits and `_`. Default `scopegate`. */
  readonly table?: string;
}

/** The names of the tables as SQL has them. */
export interface Tables {
  readonly grants: string;
  readonly signOuts: string;
  /** Of fences, and of the order of writes. */
  readonly sequence: string;
  /** The name of an index of the grants. */
  readonly index: (suffix: string) => string;
}

/** @throws TypeError for names that would have to be quoted, or that another name could be cut to */
export function tablesOf({ schema, table = "scopegate" }: TableOptions, caller: string): Tables {
  if (schema !== undefined && !/^[A-Za-z_][A-Za-z0-9_$]{0,62}$/.test(schema)) {
    throw new TypeError(
      `${caller}: \`schema\` must be the name of a schema, such as "auth", not ${JSON.stringify(schema)}`,
    );
  }
  if (!/^[a-z_][a-z0-9_]{0,39}$/.test(table)) {
    throw new TypeError(
      `${caller}: \`table\` must be a prefix of at most 40 characters, a to z, digits and _, not ${JSON.stringify(table)}`,
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
