/** A record in one sentence, for whoever reads messages. */
import type { EventLine } from "@pahlevan/core/behaviour/event-line.ts";
import { sortOf, type Line } from "../record.ts";

export function saying(line: Line): string {
  const whose = line.namespace === "" ? line.workload : `${line.namespace}/${line.workload}`;
  switch (line.event) {
    case "span":
      return `${line.name} of ${whose}${line.failed ? ` failed: ${line.failed}` : ""}`;
    case "pahlevan.loop.transition":
      return `${whose} went from ${line.from} to ${line.to}: ${line.why}`;
    case "pahlevan.loop.notice":
      return line.says;
    case "pahlevan.profile.converged":
      return `learning of ${whose} has seen enough: ${line.behaviours} behaviours`;
    default:
      return sayingOfAct(line, whose);
  }
}

const verbs = {
  allow: "let through",
  alert: "alerted on",
  deny: "denied",
  kill: "killed",
} as const;

function sayingOfAct(line: EventLine & Line, whose: string): string {
  const { facet, kind, object, action, reason } = line;
  const act = facet === kind ? facet : `${facet} (${kind})`;
  switch (sortOf(line)) {
    case "decision":
      return `${whose}: ${verbs[action]} ${act} ${object}: ${reason}`;
    case "instance":
      return `${whose}: ${kind === "instance_start" ? "an instance started" : "an instance ended"}`;
    default:
      return `${whose}: ${act} ${object} (${reason})`;
  }
}
