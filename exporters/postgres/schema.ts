/** The table, step by step: each release adds steps at the end and changes none. */
import type { Client } from "pg";
import type { Place } from "./settings.ts";

type Where = Pick<Place, "schema" | "table">;

const steps: readonly ((table: string) => string)[] = [
  (table) => `
    CREATE TABLE ${table} (
      id text PRIMARY KEY,
      time timestamptz NOT NULL,
      host text NOT NULL,
      cluster text NOT NULL,
      event text NOT NULL,
      namespace text NOT NULL,
      workload text NOT NULL,
      policy text NOT NULL,
      facet text NOT NULL,
      action text NOT NULL,
      record jsonb NOT NULL
    );
    CREATE INDEX ON ${table} (time);
    CREATE INDEX ON ${table} (namespace, workload, time);
  `,
];

/** The names are letters, digits and _ (settings.ts). */
export const tableOf = ({ schema, table }: Where) => `"${schema}"."${table}"`;
const stepsOf = ({ schema, table }: Where) => `"${schema}"."${table}_migrations"`;

/**
 * Makes what is not there. Many hosts may begin at once: one of them does it, the others wait. Later
 * steps than ours are a newer release's, and leave what we write as it is.
 */
export async function migrate(client: Client, where: Where): Promise<void> {
  if ((await stepsDone(client, where)) >= steps.length) return;
  await client.query("BEGIN");
  try {
    await client.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [tableOf(where)]);
    // Only where it is not there: asked to make it, the server wants the right to, even so.
    const schema = await client.query<{ is: boolean }>(
      "SELECT to_regnamespace($1) IS NOT NULL AS is",
      [`"${where.schema}"`],
    );
    if (schema.rows[0]?.is !== true) await client.query(`CREATE SCHEMA "${where.schema}"`);
    await client.query(
      `CREATE TABLE IF NOT EXISTS ${stepsOf(where)} ` +
        "(step integer PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())",
    );
    const done = await stepsDone(client, where);
    for (const [index, step] of steps.entries()) {
      if (index < done) continue;
      await client.query(step(tableOf(where)));
      await client.query(`INSERT INTO ${stepsOf(where)} (step) VALUES ($1)`, [index + 1]);
    }
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {});
    throw error;
  }
}

/** 0 where there is nothing. */
export async function stepsDone(client: Client, where: Where): Promise<number> {
  const table = stepsOf(where);
  const there = await client.query<{ is: boolean }>("SELECT to_regclass($1) IS NOT NULL AS is", [
    table,
  ]);
  if (there.rows[0]?.is !== true) return 0;
  const last = await client.query<{ step: number | null }>(
    `SELECT max(step) AS step FROM ${table}`,
  );
  return last.rows[0]?.step ?? 0;
}
