/** What `check` says of a database: asked, and nothing changed in it. */
import type { Client } from "pg";
import { stepsDone, tableOf } from "./schema.ts";
import type { Place } from "./settings.ts";

interface Found {
  readonly version: string;
  readonly encoding: string;
  readonly may: boolean;
}

export async function findings(client: Client, place: Place): Promise<string> {
  const { schema } = place;
  const asked = await client.query<Found>(
    "SELECT current_setting('server_version') AS version, " +
      "current_setting('server_encoding') AS encoding, " +
      "CASE WHEN to_regnamespace($1) IS NULL " +
      "THEN has_database_privilege(current_database(), 'CREATE') " +
      "ELSE has_schema_privilege($2, 'CREATE') END AS may",
    [`"${schema}"`, schema],
  );
  const { version = "", encoding = "", may = false } = asked.rows[0] ?? {};
  const server = `PostgreSQL ${version.split(" ")[0]}`;
  if (encoding !== "UTF8")
    throw new Error(`${server}: this database is ${encoding}; records need one that is UTF8`);
  const name = `${schema}.${place.table}`;
  if ((await stepsDone(client, place)) === 0) {
    if (may) return `${server}: the table ${name} is not there yet, and will be made`;
    throw new Error(`${server}: the table ${name} is not there, and this user may not make it`);
  }
  const rights = await client.query<{ insert: boolean }>(
    "SELECT has_table_privilege($1, 'INSERT') AS insert",
    [tableOf(place)],
  );
  if (rights.rows[0]?.insert !== true)
    throw new Error(`${server}: this user may not insert into ${name}`);
  const last = await client.query<{ time: Date }>(
    `SELECT time FROM ${tableOf(place)} ORDER BY time DESC LIMIT 1`,
  );
  const newest = last.rows[0]?.time.toISOString();
  return `${server}: ${name} is there, ${newest ? `the newest row of ${newest}` : "and empty"}`;
}
