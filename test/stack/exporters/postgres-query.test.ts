/** A real PostgreSQL answers questions as the evaluator does, whatever is asked of whatever. */
import { factIn, fits } from "@pahlevan/core/query/evaluate.ts";
import { parseQuery } from "@pahlevan/core/query/parse.ts";
import { postgresql } from "@pahlevan/core/query/postgresql.ts";
import { toSql } from "@pahlevan/core/query/sql.ts";
import fc from "fast-check";
import { Client } from "pg";
import { describe, expect, it } from "vitest";
import { questions, records } from "../../questions.ts";
import { PostgresServer, postgresMissing } from "./postgres-server.ts";

describe.skipIf(postgresMissing !== undefined)(
  `PostgreSQL (${postgresMissing ?? "as root"})`,
  () => {
    it("says the same of each record", async () => {
      await using server = await PostgresServer.start();
      const client = new Client({ connectionString: server.url() });
      await client.connect();
      let [yes, no] = [0, 0];
      const lines = fc.array(records, { minLength: 1, maxLength: 5 });
      const property = fc.asyncProperty(questions, lines, async (text, some) => {
        const parsed = parseQuery(text);
        if ("problem" in parsed) throw new Error(parsed.problem.says);
        const { sql, values } = toSql(parsed.expression, postgresql, 2);
        const { rows } = await client.query<{ answer: boolean }>(
          `SELECT ${sql} AS answer ` +
            "FROM unnest($1::jsonb[]) WITH ORDINALITY AS these(record, at) ORDER BY at",
          [some, ...values],
        );
        const wanted = some.map((line) => fits(parsed.expression, factIn(line)));
        expect(rows.map(({ answer }) => answer)).toEqual(wanted);
        yes += wanted.filter(Boolean).length;
        no += wanted.filter((each) => !each).length;
      });
      try {
        await fc.assert(property, { numRuns: 2_000 });
      } finally {
        await client.end();
      }
      // Both happen often, or it says nothing.
      expect(Math.min(yes, no)).toBeGreaterThan(500);
    });
  },
);
