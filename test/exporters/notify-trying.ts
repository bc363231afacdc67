/** For tests: whoever is around a sink, with a clock moved by hand, a memory and a queue. */
import { examples } from "../../exporters/examples.ts";
import { Outgoing, type Line } from "../../exporters/record.ts";
import type { Keys, Setting, Values } from "../../exporters/settings.ts";
import type { Around, Memory } from "../../exporters/sink.ts";

export class Trying implements Around {
  readonly name = "trial";
  readonly host: string;
  readonly cluster = "prod";
  readonly version = "0.0.0";
  readonly memory: Memory = new Map<string, string>();
  readonly queue: Outgoing[] = [];
  readonly complaints: string[] = [];
  clockMs = Date.parse("2026-11-22T12:00:00Z");

  constructor(host = "node-1") {
    this.host = host;
  }

  readonly nowMs = () => this.clockMs;
  readonly complain = (says: string) => void this.complaints.push(says);
  readonly enqueue = (record: Outgoing) => void this.queue.push(record);

  passes(ms: number): void {
    this.clockMs += ms;
  }
}

const time = "2026-11-22T12:00:00.000000001Z";
const lines = examples(time);

function example<E extends Line["event"]>(event: E): Line & { readonly event: E } {
  const isIt = (line: Line): line is Line & { readonly event: E } => line.event === event;
  const found = lines.find(isIt);
  if (!found) throw new Error(`no example of ${event}`);
  return found;
}

let lastId = 0;
const nextId = () => `record-${++lastId}`;

/** A refused act of shop/checkout's, unless told otherwise. */
export function denied(
  other: { readonly object?: string; readonly workload?: string; readonly action?: "allow" } = {},
): Outgoing {
  return Outgoing.of({ ...example("pahlevan.decision"), ...other, id: nextId() });
}

export function moved(
  from: string,
  to: string,
  other: { readonly why?: string; readonly workload?: string; readonly url?: string } = {},
): Outgoing {
  const { url, ...placed } = other;
  const line = example("pahlevan.loop.transition");
  const cause = { ...line.cause, ...(url !== undefined && { url }) };
  return Outgoing.of({ ...line, ...placed, cause, from, to, id: nextId() });
}

export function called(notice: "page" | "fail" | "ask" | "propose", says = "look"): Outgoing {
  return Outgoing.of({ ...example("pahlevan.loop.notice"), notice, says, id: nextId() });
}

export const convergedRecord = () =>
  Outgoing.of({ ...example("pahlevan.profile.converged"), id: nextId() });

export const inTime = new AbortController().signal;

/** Settings as they would be read: what is given as text, the rest by default. */
export function settingsOf<K extends Keys>(
  keys: K,
  written: Readonly<Record<string, string>>,
): Values<K> {
  const read = Object.entries(keys).map(([name, key]: readonly [string, Setting<unknown>]) => {
    const text = written[name];
    if (text === undefined && key.default === undefined) throw new Error(`${name} is missing`);
    return [name, text === undefined ? key.default : key.type.parse(text)] as const;
  });
  const values: unknown = Object.fromEntries(read);
  if (!hasAll(keys, values)) throw new Error("a setting is missing");
  return values;
}

function hasAll<K extends Keys>(keys: K, values: unknown): values is Values<K> {
  return (
    typeof values === "object" && values !== null && Object.keys(keys).every((k) => k in values)
  );
}

/** Names of the kind that nobody should have let through. */
export const hostile = {
  mention: "/tmp/<!channel> <@U123> <https://evil.example|click>",
  markup: "/tmp/<script>alert(1)</script>&\"'<img src=x onerror=alert(1)>",
  markdown: "/tmp/[click](https://evil.example) `code` *bold* <at>everyone</at> ```",
  control: "/tmp/a\r\nBcc: x@evil.example\u0000\u001b[31m\u202Egnp.exe\u2028",
  long: `/tmp/${"<&>".repeat(1_400)}`,
  lone: "/tmp/\uD800x",
} as const;
