/** The attributes of one record: what conventions name first, then our own. */
import type { Line, SpanLine } from "../record.ts";
import { bounded } from "./bounded.ts";
import { eventAttributes } from "./event-attributes.ts";
import { loopAttributes } from "./loop-attributes.ts";
import type { Attributes } from "./registry.ts";

export type LogLine = Exclude<Line, SpanLine>;

export function attributesOf(line: LogLine) {
  return bounded({ ...commonAttributes(line), ...ownAttributes(line) });
}

export function spanAttributes(line: Line & SpanLine) {
  return { ...bounded(commonAttributes(line)), ...line.attributes };
}

function commonAttributes({ id, namespace, workload, policy }: Line): Attributes {
  return {
    "log.record.uid": id,
    "pahlevan.workload.namespace": namespace,
    "pahlevan.workload.name": workload,
    "pahlevan.policy.name": policy || undefined,
  };
}

function ownAttributes(line: LogLine): Attributes {
  switch (line.event) {
    case "pahlevan.loop.transition":
    case "pahlevan.loop.notice":
    case "pahlevan.profile.converged":
      return loopAttributes(line);
    default:
      return eventAttributes(line);
  }
}
