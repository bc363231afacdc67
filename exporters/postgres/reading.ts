/** Records out of the table, by the question that SQLite is asked too: streamed, the newest last. */
import type { Expression } from "@pahlevan/core/query/expression.ts";
import { postgresql } from "@pahlevan/core/query/postgresql.ts";
import { toSql, type Parameter } from "@pahlevan/core/query/sql.ts";
import { configOf, connect, saidBy, sqlState } from "./connection.ts";
import { shortName } from "./row.ts";
import { tableOf } from "./schema.ts";
import { placeDefaults, placeKeys, type Place } from "./settings.ts";

export interface RecordQuestion {
  readonly events?: readonly string[] | undefined;
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
  readonly where?: Expression | undefined;
}

/** Rows that are fetched at a time. */
const page = 500;

/** Of a URL alone; `schema`, `table`, `tls` and `ca-file` may be named in it as parameters. */
export function placeAt(text: string): Place {
  const place: { -readonly [K in keyof Place]: Place[K] } = { ...placeDefaults, url: text };
  if (!URL.canParse(text)) return place;
  const url = new URL(text);
  const taken = (name: string) => {
    const value = url.searchParams.get(name) ?? undefined;
    url.searchParams.delete(name);
    return value;
  };
  const [schema, table, tls, ca] = ["schema", "table", "tls", "ca-file"].map(taken);
  if (schema !== undefined) place.schema = placeKeys.schema.type.parse(schema);
  if (table !== undefined) place.table = placeKeys.table.type.parse(table);
  if (tls !== undefined) place.tls = placeKeys.tls.type.parse(tls);
  if (ca !== undefined) place["ca-file"] = ca;
  return { ...place, url: url.href };
}

/** The newest `most`, or all; each as its JSON. */
export async function* readRecords(
  place: Place,
  question: RecordQuestion,
  most: number | undefined,
): AsyncGenerator<string> {
  // A question over years takes its time.
  const config = { ...configOf(place, "pahlevan query"), query_timeout: 0, statement_timeout: 0 };
  const connection = await connect(config);
  const { client } = connection;
  try {
    await client.query("BEGIN READ ONLY");
    const { sql, values } = statementOf(place, question, most);
    await client.query(`DECLARE records NO SCROLL CURSOR FOR ${sql}`, [...values]);
    for (;;) {
      const { rows } = await client.query<{ record: string }>(`FETCH ${page} FROM records`);
      for (const { record } of rows) yield record;
      if (rows.length < page) return;
    }
  } catch (error) {
    const [schema, table] = [place.schema, place.table];
    if (sqlState(error) === "42P01")
      throw new Error(`there is no table ${schema}.${table}`, { cause: error });
    throw new Error(saidBy(error), { cause: error });
  } finally {
    await connection.close();
  }
}

function statementOf(place: Place, question: RecordQuestion, most: number | undefined) {
  const { events, sinceMs, untilMs, where } = question;
  const values: (Parameter | readonly string[])[] = [];
  const put = (value: Parameter | readonly string[]) => `$${values.push(value)}`;
  const conditions: string[] = [];
  if (sinceMs !== undefined)
    conditions.push(`time >= to_timestamp(${put(sinceMs)}::float8 / 1000)`);
  if (untilMs !== undefined) conditions.push(`time < to_timestamp(${put(untilMs)}::float8 / 1000)`);
  if (events !== undefined) conditions.push(`event = ANY(${put(events)}::text[])`);
  for (const [column, names] of where === undefined ? [] : namesIn(where))
    conditions.push(`${column} = ANY(${put(names.map(shortName))}::text[])`);
  if (where !== undefined) {
    const asked = toSql(where, postgresql, values.length + 1);
    conditions.push(asked.sql);
    values.push(...asked.values);
  }
  const all =
    `SELECT record::text AS record, time, id FROM ${tableOf(place)} ` +
    `WHERE ${conditions.length === 0 ? "TRUE" : conditions.join(" AND ")}`;
  const newest =
    most === undefined ? all : `${all} ORDER BY time DESC, id DESC LIMIT ${put(most)}::bigint`;
  return { sql: `SELECT record FROM (${newest}) AS found ORDER BY time, id`, values };
}

/** Columns of an index that the question allows only some names of: said beside it. */
function* namesIn(where: Expression): Generator<["namespace" | "workload", readonly string[]]> {
  if (where.is === "and") for (const part of where.of) yield* namesIn(part);
  if (where.is !== "test" || where.test.op !== "in" || where.field.path.length !== 1) return;
  const [column] = where.field.path;
  if (column !== "namespace" && column !== "workload") return;
  yield [column, where.test.values.flatMap((each) => (each.type === "text" ? [each.value] : []))];
}
