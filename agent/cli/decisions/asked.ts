/** From a command line to a question: times, events, and one expression of all that limits it. */
import { anything, type Expression } from "@pahlevan/core/query/expression.ts";
import { fieldNamed } from "@pahlevan/core/query/fields.ts";
import { parseQuery } from "@pahlevan/core/query/parse.ts";
import { problemText } from "@pahlevan/core/query/words.ts";
import type { EventQuestion } from "../../store/event-reading.ts";
import { valueOf, valuesOf, type Invocation } from "../command.ts";
import { UsageError } from "../exit.ts";
import { durationIn } from "../options.ts";
import { eventsOf } from "./sorts.ts";

/** Of one host's store, or of many hosts' table. */
export type Question = Omit<EventQuestion, "order" | "from">;

export interface Asked {
  readonly question: Question;
  /** Undefined: all. */
  readonly most: number | undefined;
}

const usualMost = 100;

export function askedBy(invocation: Invocation, nowMs: number): Asked {
  return {
    question: {
      events: eventsOf(valuesOf(invocation, "event")),
      sinceMs: timeIn(invocation, "since", nowMs),
      untilMs: timeIn(invocation, "until", nowMs),
      where: whereOf(invocation),
    },
    most: mostOf(valueOf(invocation, "most")),
  };
}

/** A duration back from now, or a time; without a zone it is this host's. */
export function timeIn(invocation: Invocation, option: string, nowMs: number): number | undefined {
  const text = valueOf(invocation, option);
  if (text === undefined) return undefined;
  const date = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?$/;
  if (!/^\d{4}-/.test(text)) return nowMs - (durationIn(invocation, option) ?? 0);
  const ms = date.test(text)
    ? Date.parse(text.length === 10 ? `${text}T00:00` : text.replace(" ", "T"))
    : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  throw new UsageError(
    `${invocation.command.name}: --${option} ${text}: it takes a duration such as 2h, ` +
      "or a time such as 2026-11-21T10:00:00Z",
  );
}

function whereOf(invocation: Invocation): Expression {
  const written = (invocation.values.get("where") ?? []).map((text) => {
    const parsed = parseQuery(text);
    if ("expression" in parsed) return parsed.expression;
    throw new UsageError(
      `${invocation.command.name}: --where: ${problemText(text, parsed.problem)}`,
    );
  });
  const flags = ["workload", "namespace", "facet", "action"].flatMap((name) => {
    const values = valuesOf(invocation, name);
    return values.length === 0 ? [] : [isOne(name, values)];
  });
  const parts = [...flags, ...written];
  return parts.length === 0 ? anything : { is: "and", of: parts };
}

/** A star in a name matches anything, as it does for `observe`. */
function isOne(name: string, values: readonly string[]): Expression {
  const named = fieldNamed([name]);
  if ("problem" in named) throw new Error(named.problem);
  const { field } = named;
  const whole = values.filter((value) => !value.includes("*"));
  const ways: Expression[] = values
    .filter((value) => value.includes("*"))
    .map((pattern) => ({ is: "test", field, test: { op: "like", pattern } }));
  if (whole.length > 0) {
    const wanted = whole.map((value) => ({ type: "text", value }) as const);
    ways.push({ is: "test", field, test: { op: "in", values: wanted } });
  }
  const [only] = ways;
  return ways.length === 1 && only ? only : { is: "or", of: ways };
}

function mostOf(text: string | undefined): number | undefined {
  if (text === undefined) return usualMost;
  if (text === "all") return undefined;
  const count = /^\d{1,12}$/.test(text) ? Number(text) : 0;
  if (count > 0) return count;
  throw new UsageError(`decisions query: --most ${text}: it takes a number, or all`);
}
