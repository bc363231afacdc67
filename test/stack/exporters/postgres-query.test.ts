/** A real PostgreSQL answers questions as the evaluator does, whatever is asked of whatever. */
import { factIn, fits } from "@pahlevan/core/query/evaluate.ts";
import type { Expression } from "@pahlevan/core/query/expression.ts";
import { parseQuery } from "@pahlevan/core/query/parse.ts";
import { postgresql } from "@pahlevan/core/query/postgresql.ts";
import { toSql } from "@pahlevan/core/query/sql.ts";
import fc from "fast-check";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { questions, records, trickyWords } from "../../questions.ts";
import { PostgresServer, postgresMissing } from "./postgres-server.ts";

describe.skipIf(postgresMissing !== undefined)(
  `PostgreSQL (${postgresMissing ?? "as root"})`,
  () => {
    let server: PostgresServer;
    let client: Client;
    beforeAll(async () => {
      server = await PostgresServer.start();
      client = new Client({ connectionString: server.url() });
      await client.connect();
    });
    afterAll(async () => {
      await client.end();
      await server[Symbol.asyncDispose]();
    });

    async function expectSame(asked: Expression, lines: readonly string[], says: string) {
      const { sql, values } = toSql(asked, postgresql, 2);
      const { rows } = await client.query<{ answer: boolean }>(
        `SELECT ${sql} AS answer ` +
          "FROM unnest($1::jsonb[]) WITH ORDINALITY AS these(record, at) ORDER BY at",
        [lines, ...values],
      );
      const wanted = lines.map((line) => fits(asked, factIn(line)));
      const answers = rows.map(({ answer }) => answer);
      expect({ says, answers }).toEqual({ says, answers: wanted });
      return wanted;
    }

    it("says the same of each record", async () => {
      let [yes, no] = [0, 0];
      const lines = fc.array(records, { minLength: 1, maxLength: 5 });
      const property = fc.asyncProperty(questions, lines, async (text, some) => {
        const parsed = parseQuery(text);
        if ("problem" in parsed) throw new Error(parsed.problem.says);
        const wanted = await expectSame(parsed.expression, some, text);
        yes += wanted.filter(Boolean).length;
        no += wanted.filter((each) => !each).length;
      });
      await fc.assert(property, { numRuns: 2_000 });
      // Both happen often, or it says nothing.
      expect(Math.min(yes, no)).toBeGreaterThan(500);
    });

    it("knows no other pattern than the star", async () => {
      const objects = trickyWords.map((object) => JSON.stringify({ object }));
      const field = { path: ["object"], holds: "text" } as const;
      for (const pattern of trickyWords)
        await expectSame({ is: "test", field, test: { op: "like", pattern } }, objects, pattern);
    });
  },
);
