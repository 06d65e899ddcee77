import { postgresTokenStore } from "@scopegate/postgres";
import type { Pool } from "pg";
import type { PostgresPool } from "../../packages/postgres/src/pool.ts";
import { KEY_COLUMNS, keyValues } from "../../packages/postgres/src/rows.ts";
import { tablesOf } from "../../packages/postgres/src/tables.ts";
import type { Place, Plan } from "./stores-places.ts";

/** Tables of their own, filled by statements for many rows at a time. */
export async function makePostgresPlace(pool: Pool, table: string): Promise<Place> {
  const store = postgresTokenStore({ pool, table });
  await store.migrate();
  const { grants, signOuts, sequence } = tablesOf({ table }, "makePostgresPlace");
  return {
    store,
    async load(records) {
      const rows = records.map(({ key, grant, options }) => [
        ...keyValues(key),
        grant.id,
        grant.version,
        grant.payload,
        ...options.digests!,
      ]);
      const columns = rows[0]!.map((_, column) => rows.map((row) => row[column]));
      await pool.query(
        `INSERT INTO ${grants} (${KEY_COLUMNS}, grant_id, version, payload, digests, written)
         SELECT ${KEY_COLUMNS}, grant_id, version, payload, ARRAY[first, second], nextval('${sequence}')
         FROM unnest($1::bytea[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::bytea[], $7::bytea[],
           $8::text[], $9::bigint[], $10::text[], $11::text[], $12::text[])
           AS given (${KEY_COLUMNS}, grant_id, version, payload, first, second)`,
        columns,
      );
    },
    async settle() {
      await pool.query(`VACUUM (ANALYZE) ${grants}`);
    },
    async sizes() {
      const { rows } = await pool.query<{ name: string; bytes: string }>(
        `SELECT relname AS name, pg_table_size(oid) AS bytes FROM pg_class
         WHERE oid = $1::regclass OR oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = $1::regclass)`,
        [grants],
      );
      return Object.fromEntries(rows.map(({ name, bytes }) => [name, Number(bytes)]));
    },
    async explain(call) {
      const plans: Plan[] = [];
      const explaining: PostgresPool = {
        async query(text, values) {
          const { rows } = await pool.query<{ "QUERY PLAN": [{ Plan: PlanNode }] }>(
            `EXPLAIN (FORMAT JSON) ${text}`,
            values,
          );
          plans.push(planOf(rows[0]!["QUERY PLAN"][0].Plan));
          return pool.query(text, values);
        },
      };
      await call(postgresTokenStore({ pool: explaining, table }));
      return plans[0]!;
    },
    async [Symbol.asyncDispose]() {
      await pool.query(`DROP TABLE ${grants}, ${signOuts}; DROP SEQUENCE ${sequence}`);
    },
  };
}

interface PlanNode {
  readonly "Node Type": string;
  readonly "Index Name"?: string;
  readonly Plans?: readonly PlanNode[];
}

function planOf(node: PlanNode): Plan {
  const below = (node.Plans ?? []).map(planOf);
  const step = [node["Node Type"], node["Index Name"]].filter((part) => part !== undefined).join(" ");
  return {
    steps: [step, ...below.flatMap(({ steps }) => steps)],
    isByIndex: node["Node Type"] !== "Seq Scan" && below.every(({ isByIndex }) => isByIndex),
  };
}
