/** The postgres sink against a real server: once each, through restarts, refusals and races. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { parseQuery } from "@pahlevan/core/query/parse.ts";
import { examples } from "@pahlevan/exporters/examples.ts";
import { configOf } from "@pahlevan/exporters/postgres/connection.ts";
import { postgres } from "@pahlevan/exporters/postgres/postgres.ts";
import { placeAt, readRecords, type RecordQuestion } from "@pahlevan/exporters/postgres/reading.ts";
import { placeDefaults, type Place, type Settings } from "@pahlevan/exporters/postgres/settings.ts";
import { Outgoing } from "@pahlevan/exporters/record.ts";
import type { Around, Sink } from "@pahlevan/exporters/sink.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Authority } from "../../certificates.ts";
import { run } from "../containers/command.ts";
import { PostgresServer, postgresMissing } from "./postgres-server.ts";

const time = "2026-11-21T10:00:00.123456789Z";
const never = new AbortController().signal;

function around(host = "node-1", clock = { nowMs: Date.parse(time) }): Around {
  return {
    ...{ name: "archive", host, cluster: "prod", version: "1.0.0" },
    nowMs: () => clock.nowMs,
    complain: (says) => expect.unreachable(says),
    enqueue: () => {},
    memory: { get: () => undefined, set() {}, delete() {}, entries: () => [] },
  };
}

function settings(url: string, more: Partial<Settings> = {}): Settings {
  return {
    ...{ ...placeDefaults, url, "keep-for": 0 },
    ...{ "batch-records": 1_000, "batch-bytes": 4 << 20, "batch-wait": 0 },
    ...more,
  };
}

const outgoing = (prefix: string, at = time) =>
  examples(at, prefix).map((line) => Outgoing.of(line));
const changed = (prefix: string, change: object) =>
  new Outgoing(JSON.stringify({ ...examples(time, prefix)[0], ...change }));

async function recordsAt(place: Place, question: RecordQuestion, most?: number) {
  const found: unknown[] = [];
  for await (const record of readRecords(place, question, most)) found.push(JSON.parse(record));
  return found;
}

const all = (url: string, question: RecordQuestion = {}, most?: number) =>
  recordsAt({ ...placeDefaults, url }, question, most);

describe.skipIf(postgresMissing !== undefined)(
  `PostgreSQL (${postgresMissing ?? "as root"})`,
  () => {
    let server: PostgresServer;
    beforeAll(async () => {
      server = await PostgresServer.start();
    });
    afterAll(() => server[Symbol.asyncDispose]());

    async function database(): Promise<string> {
      const name = `d${randomBytes(6).toString("hex")}`;
      await server.ask(`CREATE DATABASE ${name}`);
      return server.url(name);
    }

    async function withSink<T>(url: string, work: (sink: Sink) => Promise<T>, more = {}) {
      const sink = postgres.make(settings(url, more), around());
      try {
        return await work(sink);
      } finally {
        await sink.close();
      }
    }

    it("has each record whole, with what people look for beside it", async () => {
      const url = await database();
      const batch = outgoing("a");
      const report = await withSink(url, (sink) => sink.send(batch, never));
      expect(report).toEqual({ sent: batch.length, again: [], refused: {} });
      const [row] = await server.ask(
        "SELECT time::text, host, cluster, namespace, workload, policy, facet, action " +
          "FROM pahlevan.events WHERE id = 'a-1'",
        [],
        url,
      );
      expect(row).toEqual({
        ...{ time: "2026-11-21 10:00:00.123457+00", host: "node-1", cluster: "prod" },
        ...{ namespace: "shop", workload: "checkout", policy: "checkout-policy" },
        ...{ facet: "exec", action: "deny" },
      });
      const whose = { host: "node-1", cluster: "prod" };
      expect(await all(url)).toEqual(batch.map(({ line }) => ({ ...line, ...whose })));
    });

    it("has what is sent twice once, and keeps what was there first", async () => {
      const url = await database();
      await withSink(url, async (sink) => {
        await sink.send(outgoing("a"), never);
        const again = await sink.send(
          [...outgoing("a"), ...outgoing("b"), ...outgoing("b")],
          never,
        );
        expect(again.sent).toBe(18);
      });
      expect(await all(url)).toHaveLength(12);
    });

    it("is begun by many hosts at once", async () => {
      const url = await database();
      const hosts = Array.from({ length: 8 }, (_, at) =>
        postgres.make(settings(url), around(`n${at}`)),
      );
      const sent = await Promise.all(hosts.map((sink, at) => sink.send(outgoing(`h${at}`), never)));
      for (const sink of hosts) await sink.close();
      expect(sent.every((report) => report.sent === 6)).toBe(true);
      expect(await all(url)).toHaveLength(48);
      const steps = await server.ask("SELECT step FROM pahlevan.events_migrations", [], url);
      expect(steps).toEqual([{ step: 1 }]);
    });

    it("refuses a bad record alone, and says why", async () => {
      const url = await database();
      await withSink(url, async (sink) => {
        const bad = changed("bad", { time: "soon" });
        const long = changed("long", { id: randomBytes(9_000).toString("base64") });
        const batch = [...outgoing("a"), bad, ...outgoing("b"), long, ...outgoing("c")];
        const report = await sink.send(batch, never);
        expect([report.sent, report.again]).toEqual([18, []]);
        expect(report.refused).toEqual({ sqlstate_22007: 1, sqlstate_54000: 1 });
        expect(report.why).toContain(
          'invalid input syntax for type timestamp with time zone: "soon"',
        );
      });
      expect(await all(url)).toHaveLength(18);
    });

    it("takes names that a text in it cannot hold, and names that an index cannot", async () => {
      const url = await database();
      const workload = randomBytes(6_000).toString("hex");
      const odd = changed("odd", { object: "evil\0.example", reason: "\ud800", workload });
      const report = await withSink(url, (sink) => sink.send([odd], never));
      expect(report.sent).toBe(1);
      const object = String.raw`evil\x00.example`;
      expect(await all(url)).toMatchObject([{ object, reason: "\ufffd", workload }]);
      const parsed = parseQuery(`workload = ${workload.slice(0, 4_000)}`);
      expect("expression" in parsed && (await all(url, { where: parsed.expression }))).toEqual([]);
    });

    it("comes back after a restart in the middle, and then has all", async () => {
      await using own = await PostgresServer.start();
      const sink = postgres.make(settings(own.url()), around());
      expect((await sink.send(outgoing("a"), never)).sent).toBe(6);
      await own.end();
      const away = await sink.send(outgoing("b"), never).then(
        ({ again }) => again.length,
        (error: unknown) => String(error),
      );
      expect(away).toMatch(/ECONNREFUSED/);
      await own.begin();
      expect((await sink.send(outgoing("b"), never)).sent).toBe(6);
      // Hung up on amid a question: all of it is to be tried again, and is there once.
      const blocked = sink.send(outgoing("c"), never);
      await own.ask(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1",
        ["pahlevan archive"],
      );
      const report = await blocked;
      expect(report.sent + report.again.length).toBe(6);
      await sink.send(outgoing("c"), never);
      await sink.close();
      expect(await all(own.url())).toHaveLength(18);
    });

    it("keeps the order of what is to be tried again, and says of nothing that it was sent", async () => {
      const url = await database();
      await withSink(url, async (sink) => {
        await sink.send(outgoing("a"), never);
        await server.ask("ALTER TABLE pahlevan.events RENAME TO away", [], url);
        const batch = outgoing("b");
        const report = await sink.send(batch, never);
        expect(report).toMatchObject({ sent: 0, again: batch, refused: {} });
        expect(report.why).toContain('relation "pahlevan.events" does not exist');
        await server.ask("ALTER TABLE pahlevan.away RENAME TO events", [], url);
        expect((await sink.send(batch, never)).sent).toBe(6);
      });
    });

    it("sends nothing past what is to be tried again, though there is a bad record", async () => {
      const url = await database();
      await withSink(url, async (sink) => {
        await sink.send(outgoing("a"), never);
        await server.ask(
          "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " +
            "IF NEW.id = 'b-1' THEN RAISE EXCEPTION 'no space' USING ERRCODE = '53100'; END IF; " +
            "RETURN NEW; END $$; CREATE TRIGGER full_disk BEFORE INSERT ON pahlevan.events " +
            "FOR EACH ROW EXECUTE FUNCTION full_disk()",
          [],
          url,
        );
        const batch = [...outgoing("b"), changed("bad", { time: "soon" }), ...outgoing("c")];
        const report = await sink.send(batch, never);
        expect(report).toMatchObject({ sent: 0, again: batch, refused: {}, why: "no space" });
        await server.ask("DROP FUNCTION full_disk CASCADE", [], url);
        const later = await sink.send(batch, never);
        expect([later.sent, later.refused]).toEqual([12, { sqlstate_22007: 1 }]);
      });
    });

    it("has its table again once somebody has dropped it", async () => {
      const url = await database();
      await withSink(url, async (sink) => {
        await sink.send(outgoing("a"), never);
        await server.ask("DROP SCHEMA pahlevan CASCADE", [], url);
        expect((await sink.send(outgoing("b"), never)).again).toHaveLength(6);
        expect((await sink.send(outgoing("b"), never)).sent).toBe(6);
      });
      expect(await all(url)).toHaveLength(6);
    });

    it("is not waited for without end: neither by patience nor by an abort", async () => {
      await using own = await PostgresServer.start();
      const sink = postgres.make(settings(own.url(), { timeout: 300 }), around());
      const [patient, stranger] = ["p", "s"].map((name) =>
        postgres.make(settings(own.url(), { timeout: 300_000 }), around(name)),
      );
      for (const each of [sink, patient]) await each?.send(outgoing("a"), never);
      own.freeze(true);
      try {
        const report = await sink.send(outgoing("b"), never);
        expect([report.sent, report.again.length, report.why]).toEqual([
          0,
          6,
          "Query read timeout",
        ]);
        for (const sink of [patient, stranger]) {
          if (sink === undefined) break;
          const stop = new AbortController();
          const sending = sink.send(outgoing("b"), stop.signal);
          // By then it waits for the server: for an answer the one, for a connection the other.
          for (let turn = 0; turn < 10; turn++) await setImmediate();
          stop.abort();
          const again = await sending.then(({ again }) => again.length, String);
          expect(again).toEqual(sink === patient ? 6 : expect.stringContaining("terminated"));
          await sink.close();
        }
      } finally {
        own.freeze(false);
      }
      expect((await sink.send(outgoing("b"), never)).sent).toBe(6);
      await sink.close();
    });

    it("deletes what is older than it is kept for, in steps", async () => {
      const url = await database();
      const old = (count: number, prefix: string) =>
        Array.from({ length: count }, (_, at) =>
          outgoing(`${prefix}${at}`, "2026-01-01T00:00:00Z"),
        );
      const clock = { nowMs: Date.parse(time) };
      const sink = postgres.make(settings(url, { "keep-for": 24 * 3_600_000 }), around("n", clock));
      await withSink(url, (forever) => forever.send(old(500, "o").flat(), never));
      const left: number[] = [];
      const send = async (batch: readonly Outgoing[]) => {
        await sink.send(batch, never);
        left.push((await all(url)).length);
      };
      await send(outgoing("a"));
      await send(outgoing("b"));
      // There was nothing left to delete: it is not looked for again at once.
      await send(old(1, "p").flat());
      clock.nowMs += 60_000;
      await send(outgoing("c"));
      await sink.close();
      expect(left).toEqual([1_006, 12, 18, 18]);
    });

    it("may be made by an administrator, for a user who may only insert", async () => {
      const url = await database();
      await withSink(url, (sink) => sink.send(outgoing("a"), never));
      const user = `u${randomBytes(6).toString("hex")}`;
      const grant =
        `CREATE ROLE ${user} LOGIN PASSWORD 'narrow'; GRANT USAGE ON SCHEMA pahlevan TO ${user}; ` +
        `GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA pahlevan TO ${user}`;
      await server.ask(grant, [], url);
      const narrow = url.replace("postgres:secret", `${user}:narrow`);
      await withSink(narrow, async (sink) => {
        expect((await sink.send(outgoing("b"), never)).sent).toBe(6);
        expect(await sink.check(never)).toMatch(
          /^PostgreSQL \d+\.\d+: pahlevan\.events is there, the newest row of 2026-11-21T10:00:00/,
        );
      });
    });

    it("is checked without being changed", async () => {
      const url = await database();
      await withSink(url, async (sink) => {
        expect(await sink.check(never)).toMatch(
          /pahlevan\.events is not there yet, and will be made/,
        );
      });
      const there = await server.ask("SELECT to_regnamespace('pahlevan') IS NULL AS none", [], url);
      expect(there).toEqual([{ none: true }]);
      const wrong = url.replace("secret", "guess-of-mine");
      const refused = await withSink(wrong, (sink) => sink.check(never).catch(String));
      expect(refused).toContain("password authentication failed");
      expect(refused).not.toContain("guess-of-mine");
    });

    it("answers questions by time, place, number and words", async () => {
      const url = await database();
      await withSink(url, async (sink) => {
        for (const [prefix, at] of [
          ["a", "2026-11-21T10:00:00Z"],
          ["b", "2026-11-21T11:00:00Z"],
          ["c", "2026-11-21T12:00:00Z"],
        ] as const)
          await sink.send(outgoing(prefix, at), never);
      });
      const ids = async (question: RecordQuestion, most?: number) =>
        (await all(url, question, most)).map((record) =>
          typeof record === "object" && record !== null && "id" in record ? record.id : undefined,
        );
      const where = (text: string) => {
        const parsed = parseQuery(text);
        if ("problem" in parsed) throw new Error(parsed.problem.says);
        return parsed.expression;
      };
      const noon = Date.parse("2026-11-21T12:00:00Z");
      expect(await ids({ where: where("workload = checkout and object ~ */curl") }, 2)).toEqual([
        "b-1",
        "c-1",
      ]);
      expect(await ids({ events: ["pahlevan.loop.notice"], untilMs: noon })).toEqual([
        "a-4",
        "b-4",
      ]);
      expect(
        await ids({ sinceMs: noon, where: where("host = node-1 and generation >= 7") }),
      ).toEqual(["c-1"]);
      expect(await ids({ where: where("host = another") })).toEqual([]);
      await expect(all(`${url}?`.replace(/d\w+\?/, "nowhere"), {})).rejects.toThrow(
        /does not exist/,
      );
    });

    it("is what `decisions query --store` asks, the newest last", async () => {
      const url = await database();
      await withSink(url, (sink) => sink.send([...outgoing("a"), ...outgoing("b")], never));
      const main = join(import.meta.dirname, "../../../agent/cli/main.ts");
      const query = (...words: string[]) =>
        run(process.execPath, [main, "decisions", "query", "--store", url, ...words]);
      const json = await query("--where", "object ~ */curl and host = node-1", "-o", "json");
      const found: unknown[] = json
        .trimEnd()
        .split("\n")
        .map((line): unknown => JSON.parse(line));
      expect(found).toMatchObject([{ id: "a-1" }, { id: "b-1" }]);
      expect(await query("--event", "notice", "--most", "1")).toMatch(
        /^(\d{4}-\d\d-\d\d\n)?node-1 {2}\S+ {2}shop\/checkout .* loop +pages .*looks attacked/,
      );
    });

    it("is asked by the name of its exporter, with all that is configured of it", async () => {
      const url = await database();
      const where = { schema: "forensics", table: "t1" };
      await withSink(url, (sink) => sink.send(outgoing("a"), never), where);
      const file = join(mkdtempSync(join(tmpdir(), "pahlevan-named-")), "pahlevan.yaml");
      const settings = [
        `url: file:${file}.url`,
        "type: postgres",
        "schema: forensics",
        "table: t1",
      ];
      writeFileSync(file, `exporters:\n  archive:\n    ${settings.join("\n    ")}\n`);
      writeFileSync(`${file}.url`, `${url}\n`);
      const main = join(import.meta.dirname, "../../../agent/cli/main.ts");
      const query = (name: string) =>
        run(process.execPath, [main, "decisions", "query", "--config", file, "--store", name]);
      try {
        expect(await query("archive")).toContain("/usr/bin/curl");
        await expect(query("archiv")).rejects.toThrow("no exporter is called 'archiv'");
      } finally {
        rmSync(dirname(file), { recursive: true });
      }
    });

    it("is named by its address alone, also where its table has another name", async () => {
      const url = await database();
      await withSink(url, (sink) => sink.send(outgoing("a"), never), {
        schema: "forensics",
        table: "t1",
      });
      const place = placeAt(`${url}?schema=forensics&table=t1&tls=off`);
      expect(place).toMatchObject({ schema: "forensics", table: "t1", tls: "off", url });
      expect(await recordsAt(place, {}, 3)).toHaveLength(3);
      await expect(recordsAt(placeAt(url), {}, 3)).rejects.toThrow(
        "there is no table pahlevan.events",
      );
      expect(() => placeAt(`${url}?table=x%22;drop`)).toThrow(
        "it takes a name of lower-case letters",
      );
    });

    it("is reached by TLS, if its certificate is proven", async () => {
      using authority = new Authority();
      using stranger = new Authority();
      await using own = await PostgresServer.start(authority.vouchesFor("IP:127.0.0.1"));
      const url = own.url();
      const trying = async (more: Partial<Settings>) => {
        const sink = postgres.make(settings(url, more), around());
        const outcome = await sink.send(outgoing("a"), never).then(({ sent }) => sent, String);
        await sink.close();
        return outcome;
      };
      expect(await trying({ tls: "on", "ca-file": authority.ca.certFile })).toBe(6);
      expect(await trying({ tls: "unverified" })).toBe(6);
      expect(await trying({ tls: "on", "ca-file": stranger.ca.certFile })).toMatch(/certificate/);
      expect(await trying({ tls: "off" })).toMatch(/no encryption/);
    });
  },
);

describe("its address", () => {
  const ssl = (url: string, more: Partial<Settings> = {}) =>
    configOf({ ...placeDefaults, url, ...more }, "x").ssl;

  it("decides whether there is TLS, unless somebody else does", () => {
    expect(ssl("postgres://db.example/x")).toEqual({ rejectUnauthorized: true });
    expect(ssl("postgres://127.0.0.1/x")).toBe(false);
    expect(ssl("postgres:///x?host=/run/postgresql")).toBe(false);
    expect(ssl("postgres://127.0.0.1.example/x")).toEqual({ rejectUnauthorized: true });
    expect(ssl("postgres://db.example/x?sslmode=disable")).toBe(false);
    expect(ssl("postgres://db.example/x?sslmode=disable", { tls: "on" })).toEqual({
      rejectUnauthorized: true,
    });
  });

  it("is refused without being told of", () => {
    for (const [url, says] of [
      ["http://user:secret@db/x", /url is no address such as postgres:/],
      ["postgres://user:secret@db/x?sslrootcert=/etc/ca", /ca-file/],
      ["postgres://user:secret@db/x?sslmode=prefer", /sslmode=prefer is not known here/],
    ] as const) {
      const making = () => postgres.make(settings(url), around());
      expect(making).toThrow(says);
      expect(making).not.toThrow(/secret/);
    }
  });
});
