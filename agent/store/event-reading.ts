/** Events that are what somebody asks for, in the order of their time. */
import type { DatabaseSync } from "node:sqlite";
import { mayFit } from "@pahlevan/core/query/evaluate.ts";
import { anything, type Expression } from "@pahlevan/core/query/expression.ts";
import { toSql, type Parameter } from "@pahlevan/core/query/sql.ts";
import { sqlite } from "@pahlevan/core/query/sqlite.ts";
import { numberIn, textIn } from "./columns.ts";
import type { WorkloadName } from "./workload-name.ts";

/** Where one stands: there may be several in one millisecond. */
export interface EventPlace {
  readonly atMs: number;
  /** Later ones have greater ones; none is used twice. */
  readonly id: number;
}

export interface StoredEvent extends WorkloadName, EventPlace {
  readonly event: string;
  readonly line: string;
}

export interface EventQuestion {
  readonly order: "newest" | "oldest";
  /** Of which events: "pahlevan.decision". Undefined: all. */
  readonly events?: readonly string[] | undefined;
  readonly sinceMs?: number | undefined;
  /** Not at it any more. */
  readonly untilMs?: number | undefined;
  readonly where?: Expression | undefined;
  /** Beginning with this one. */
  readonly from?: EventPlace | undefined;
}

const pageRows = 512;
/** As many heaps are read side by side, each in its order; more are looked for in all events. */
const mostSideBySide = 8;

interface Heap extends WorkloadName {
  readonly id: number;
  readonly event: string;
}

export function* readEvents(
  database: DatabaseSync,
  question: EventQuestion,
): Generator<StoredEvent> {
  const all = heapsOf(database);
  const heaps = new Map([...all].filter(([, heap]) => mayHave(heap, question)));
  if (heaps.size === 0) return;
  const isAll = heaps.size === all.size;
  const statement = database.prepare(pageOf(question, [...heaps.keys()], isAll));
  let from = question.from ?? beginning(question);
  // The first page begins at it, the others behind the last that they had.
  for (let isFirst = true; ; isFirst = false) {
    const rows = statement.all(...parameters(question, [...heaps.keys()], from, isFirst));
    for (const row of rows) {
      const { namespace, workload, event } = heaps.get(numberIn(row, "heap")) ?? nobody;
      from = { atMs: numberIn(row, "at_ms"), id: numberIn(row, "id") };
      yield { ...from, namespace, workload, event, line: textIn(row, "line") };
    }
    if (rows.length < pageRows) return;
  }
}

const nobody = { namespace: "", workload: "", event: "" };

function heapsOf(database: DatabaseSync): Map<number, Heap> {
  const rows = database.prepare("SELECT id, namespace, workload, event FROM event_heaps").all();
  return new Map(
    rows.map((row) => {
      const id = numberIn(row, "id");
      const namespace = textIn(row, "namespace");
      return [
        id,
        { id, namespace, workload: textIn(row, "workload"), event: textIn(row, "event") },
      ];
    }),
  );
}

function mayHave({ namespace, workload, event }: Heap, { events, where }: EventQuestion): boolean {
  if (events !== undefined && !events.includes(event)) return false;
  return where === undefined || mayFit(where, { namespace, workload, event });
}

/** Parameters of every page: of the question ?1 to ?5, of `where` from ?6 on. */
const firstOfWhere = 6;

function parameters(
  { sinceMs = 0, untilMs = Number.MAX_SAFE_INTEGER, where = anything }: EventQuestion,
  heaps: readonly number[],
  from: EventPlace,
  isFirst: boolean,
): readonly Parameter[] {
  const { values } = toSql(where, sqlite, firstOfWhere);
  const at = [from.atMs, from.id, isFirst ? 1 : 0];
  return [Math.max(0, sinceMs), untilMs, ...at, ...values, JSON.stringify(heaps)];
}

/** Which heaps is its last parameter: it is not there twice, however many heaps there are. */
function pageOf(
  { order, where = anything }: EventQuestion,
  heaps: readonly number[],
  isAll: boolean,
): string {
  const { sql, values } = toSql(where, sqlite, firstOfWhere);
  const last = firstOfWhere + values.length;
  const [behind, direction] = order === "newest" ? ["<", "DESC"] : [">", "ASC"];
  const edge = order === "newest" ? "at_ms <= ?3" : "at_ms >= ?3";
  const conditions =
    `at_ms >= ?1 AND at_ms < ?2 AND ${edge} ` +
    `AND ((at_ms, id) ${behind} (?3, ?4) OR (?5 = 1 AND at_ms = ?3 AND id = ?4)) AND ${sql}`;
  const select = "SELECT id, heap, at_ms, line FROM events";
  const list = `(SELECT value FROM json_each(?${last}))`;
  const ordered = `ORDER BY at_ms ${direction}, id ${direction} LIMIT ${pageRows}`;
  if (heaps.length > mostSideBySide || isAll) {
    // By time, whatever SQLite thinks of so many heaps: the plus hides their index from it.
    const which = isAll ? `?${last} IS NOT NULL` : `+heap IN ${list}`;
    return `${select} INDEXED BY events_by_time WHERE ${which} AND ${conditions} ${ordered}`;
  }
  const each = heaps.map((_, at) => {
    const heap = `(SELECT value FROM json_each(?${last}) WHERE key = ${at})`;
    return `${select} INDEXED BY events_of_heap WHERE heap = ${heap} AND ${conditions}`;
  });
  return `${each.join(" UNION ALL ")} ${ordered}`;
}

function beginning({ order }: EventQuestion): EventPlace {
  return order === "newest"
    ? { atMs: Number.MAX_SAFE_INTEGER, id: Number.MAX_SAFE_INTEGER }
    : { atMs: 0, id: 0 };
}
