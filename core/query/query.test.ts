/** What a question means, what is wrong with one, and that SQLite answers as we do. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { questions, records, trickyWords } from "../../test/questions.ts";
import { factIn, fits, mayFit } from "./evaluate.ts";
import type { Expression } from "./expression.ts";
import { fieldNamed, fieldNames } from "./fields.ts";
import { parseQuery } from "./parse.ts";
import { toSql } from "./sql.ts";
import { sqlite } from "./sqlite.ts";
import { storable } from "./storable.ts";
import { problemText } from "./words.ts";

function expressionOf(text: string): Expression {
  const parsed = parseQuery(text);
  if ("problem" in parsed) throw new Error(problemText(text, parsed.problem));
  return parsed.expression;
}

const curl = {
  event: "pahlevan.decision",
  namespace: "shop",
  workload: "checkout",
  facet: "exec",
  object: "/usr/bin/curl",
  action: "deny",
  process: { pid: 42, uid: 1000, exe: "/bin/sh", args: ["sh", "-c", "curl x"] },
  detail: { inode: "1234", device: 42, remote: { port: 443 }, deleted: true },
  flags: ["cut"],
};

describe("a question", () => {
  const fitting = [
    'facet = exec and object ~ "/usr/bin/*" and (action = deny or action = kill) and process.uid != 0',
    "object ~ /usr/*/curl",
    "action in (deny, kill) AND NOT action = kill",
    "action not in (allow, alert)",
    'process.args ~ "*curl*" and flags = cut and flags != setup',
    "process.uid >= 1000 and process.uid < 1000.5",
    "detail.remote.port = 443 and detail.inode = 1234 and detail.deleted = true",
    "exists process and exists detail.inode and not exists pod",
    "generation != 7",
    "facet = file or facet = exec and action = deny",
  ];
  it.each(fitting)("%s fits", (text) => {
    expect(fits(expressionOf(text), curl)).toBe(true);
  });

  const others = [
    'object ~ "/usr/bin/"',
    "object = CURL",
    "process.args = curl",
    "process.uid > 1000",
    "pod = x or generation < 8",
    "(facet = file or facet = exec) and action = kill",
    "detail.device = '43'",
    "exists detail.nothing.there",
  ];
  it.each(others)("%s does not", (text) => {
    expect(fits(expressionOf(text), curl)).toBe(false);
  });

  it("may fit what is known only in part, unless that part speaks against it", () => {
    const asked = expressionOf("workload = checkout and object ~ /usr/*");
    expect(mayFit(asked, { workload: "checkout" })).toBe(true);
    expect(mayFit(asked, { workload: "db" })).toBe(false);
    expect(mayFit(expressionOf("not workload = db or pod = x"), { workload: "db" })).toBe(true);
    expect(mayFit(expressionOf("not (workload = db or pod = x)"), { workload: "db" })).toBe(false);
  });
});

describe("what is wrong is said, with the place", () => {
  const wrong: readonly (readonly [text: string, says: RegExp, caret: string])[] = [
    [
      "proces.exe = x",
      /no record has a field proces\.exe; did you mean process\.exe/,
      "proces.exe",
    ],
    ["facet = exec and uid = 0", /a field uid; did you mean process\.uid/, "uid"],
    ["action = dany", /one of allow, alert, deny, kill; did you mean deny/, "dany"],
    ["process.uid = root", /process\.uid is a number/, "root"],
    ["object < 3", /object is a text, and only numbers have an order/, "<"],
    ["time > 3", /--since and --until are for times/, ">"],
    ["process = 3", /has parts and no value: process\.pid/, "process"],
    ["object = ", /here stands a value/, ""],
    ["object x", /after a field stands =/, "x"],
    ["object = x facet = exec", /here stands 'and', 'or', or nothing/, "facet"],
    ["(object = x", /'and', 'or' or '\)'/, ""],
    ["object = x && facet = exec", /write 'and'/, "&&"],
    ["object = 'x", /this quote has no end/, "'"],
    ["object = x or", /here stands a field/, ""],
    ["detail.0 = 1", /no field has such a name/, "detail.0"],
    ['detail."a\\"b" = 1', /no field has such a name/, '"a\\"b"'],
    ["object = a\0", /no record has this letter/, "\0"],
    [`${"(".repeat(40)}object = x`, /too deep/, "("],
    [`object in (${"x,".repeat(501)}x)`, /at most 500/, ","],
    [Array(201).fill("pod = x").join(" or "), /more than 200/, "pod"],
    ["x".repeat(5_000), /longer than 4096/, "x"],
  ];
  it.each(wrong)("%s", (text, says, caret) => {
    const parsed = parseQuery(text);
    if (!("problem" in parsed)) throw new Error("nothing is wrong");
    const { problem } = parsed;
    expect(problem.says).toMatch(says);
    expect(text.slice(problem.at, problem.at + problem.length)).toBe(caret);
  });

  it("with a caret under it", () => {
    const parsed = parseQuery("facet = exec and uid = 0");
    expect("problem" in parsed && problemText("facet = exec and uid = 0", parsed.problem)).toBe(
      "no record has a field uid; did you mean process.uid?\n" +
        "  facet = exec and uid = 0\n" +
        "                   ^^^",
    );
  });

  it("every text is a question or is told what is wrong with it", () => {
    const letters = fc.string({
      unit: fc.constantFrom(..."a d . = ~ < > ! ( ) ' \" \\ , 0 & | *".split(" "), " "),
      maxLength: 40,
    });
    const property = fc.property(fc.oneof(letters, fc.string(), questions), (text) => {
      const parsed = parseQuery(text);
      if ("problem" in parsed) problemText(text, parsed.problem);
    });
    fc.assert(property, { numRuns: 2_000 });
  });

  it("every field of the table can be asked for, and docs/forensics.md names it", () => {
    const page = readFileSync(join(import.meta.dirname, "../../docs/forensics.md"), "utf8");
    const [fields = ""] = /<!-- fields -->.*<!-- \/fields -->/s.exec(page) ?? [];
    const named = [...fields.matchAll(/`([\w.]+)`/g)].map(([, name]) => name);
    expect(new Set(named)).toEqual(new Set([...fieldNames, "exists"]));
    for (const name of fieldNames) expect(fieldNamed(name.split("."))).toHaveProperty("field");
  });
});

const object = { path: ["object"], holds: "text" } as const;
const objects = trickyWords.map((word) => JSON.stringify({ object: word }));

describe("SQLite", () => {
  let database: DatabaseSync;
  beforeAll(() => {
    database = new DatabaseSync(":memory:");
  });
  afterAll(() => database.close());

  function answer(expression: Expression, line: string): boolean {
    const { sql, values } = toSql(expression, sqlite, 2);
    const row = database
      .prepare(`SELECT ${sql} AS answer FROM (SELECT ?1 AS line)`)
      .get(line, ...values);
    return row?.["answer"] === 1;
  }

  it("answers as the evaluator does, whatever is asked of whatever record", () => {
    let [yes, no] = [0, 0];
    const property = fc.property(questions, fc.array(records, { maxLength: 5 }), (text, lines) => {
      const expression = expressionOf(text);
      for (const line of lines) {
        const wanted = fits(expression, factIn(line));
        expect({ text, line, is: answer(expression, line) }).toEqual({ text, line, is: wanted });
        if (wanted) yes++;
        else no++;
      }
    });
    fc.assert(property, { numRuns: 2_000 });
    // Both happen often, or it says nothing.
    expect(Math.min(yes, no)).toBeGreaterThan(500);
  });

  it("knows no other pattern than the star", () => {
    for (const pattern of trickyWords) {
      const asked: Expression = { is: "test", field: object, test: { op: "like", pattern } };
      const { sql, values } = toSql(asked, sqlite, 2);
      const rows = database
        .prepare(`SELECT ${sql} AS answer FROM (SELECT value AS line FROM json_each(?1))`)
        .all(JSON.stringify(objects), ...values);
      const wanted = objects.map((line) => fits(asked, factIn(line)));
      const answers = rows.map((row) => row["answer"] === 1);
      expect({ pattern, answers }).toEqual({ pattern, answers: wanted });
      // By a pattern of JavaScript's own.
      const parts = pattern.split("*").map((part) => part.replaceAll(/[\\^$.|?+()[\]{}]/g, "\\$&"));
      const expected = new RegExp(`^${parts.join(".*")}$`, "s");
      const matching = trickyWords.map((word) => expected.test(word));
      expect({ pattern, wanted }).toEqual({ pattern, wanted: matching });
    }
  });

  it("is given values beside the question, never inside it", () => {
    const text = `object = "x'; DROP TABLE events; --" and detail."a'b" ~ "%'"`;
    const { sql } = toSql(expressionOf(text), sqlite);
    expect(sql).not.toContain("DROP");
    expect(sql).not.toContain("a'b");
  });
});

describe("a record's JSON", () => {
  it("is what it was, where any database takes it", () => {
    const line = JSON.stringify(curl);
    expect(storable(line)).toBe(line);
  });

  it("says otherwise what a database would cut off or refuse", () => {
    const line = JSON.stringify({ object: "a\0b", "k\0": ["\ud800x"], flags: [1, null, true] });
    expect(JSON.parse(storable(line))).toEqual({
      object: String.raw`a\x00b`,
      [String.raw`k\x00`]: ["\ufffdx"],
      flags: [1, null, true],
    });
  });
});
