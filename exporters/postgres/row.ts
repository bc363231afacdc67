/** A record as a row: its text, and beside it what people look for first. */
import { storable } from "@pahlevan/core/query/storable.ts";
import { Outgoing } from "../record.ts";
import type { Around } from "../sink.ts";

/** In this order in every statement, with their types. */
export const columns = [
  ["id", "text"],
  ["time", "timestamptz"],
  ["host", "text"],
  ["cluster", "text"],
  ["event", "text"],
  ["namespace", "text"],
  ["workload", "text"],
  ["policy", "text"],
  ["facet", "text"],
  ["action", "text"],
  ["record", "jsonb"],
] as const;

export type Row = readonly string[];

/** An index takes no more of a row than 2.7 KB; a cgroup's path may be longer. */
const longestName = 256;

export function shortName(name: string): string {
  return name.slice(0, longestName).toWellFormed();
}

export function rowOf(record: Outgoing, { host, cluster }: Pick<Around, "host" | "cluster">): Row {
  const text = storable(record.text);
  const line = text === record.text ? record.line : new Outgoing(text).line;
  const { facet = "", action = "" } = "facet" in line ? line : {};
  const whose = { host, ...(cluster !== "" && { cluster }) };
  return [
    line.id,
    line.time,
    host,
    cluster,
    line.event,
    shortName(line.namespace),
    shortName(line.workload),
    line.policy,
    facet,
    action,
    // Many hosts write here: each record says of which one it is.
    `${JSON.stringify(whose).slice(0, -1)},${text.slice(1)}`,
  ];
}
