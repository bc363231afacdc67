/** Where ECS puts a record: event.kind, category, type and outcome, all of them closed lists. */
import type { Facet, Kind } from "@pahlevan/core/behaviour/event.ts";
import { kinds } from "@pahlevan/core/behaviour/event.ts";
import type { EventLine } from "@pahlevan/core/behaviour/event-line.ts";
import { sortOf, type Line } from "../record.ts";

interface Placed {
  readonly category: readonly string[];
  readonly type: readonly string[];
}

const ofFacet: Readonly<Record<Facet, Placed>> = {
  exec: { category: ["process"], type: ["start"] },
  file: { category: ["file"], type: ["access"] },
  network: { category: ["network"], type: ["connection"] },
  syscall: { category: ["process"], type: ["info"] },
  capability: { category: ["process"], type: ["access"] },
  credential: { category: ["process"], type: ["change"] },
  mount: { category: ["host"], type: ["change"] },
  ptrace: { category: ["process"], type: ["access"] },
  bpf: { category: ["host"], type: ["change"] },
  module: { category: ["driver"], type: ["start"] },
  io_uring: { category: ["process"], type: ["info"] },
  namespace: { category: ["process"], type: ["change"] },
  process: { category: ["process"], type: ["start"] },
  instance: { category: ["process"], type: ["info"] },
};

/** Where a kind says more than its facet. */
const ofKind: Partial<Record<Kind, Placed>> = {
  create: { category: ["file"], type: ["creation"] },
  unlink: { category: ["file"], type: ["deletion"] },
  rename: { category: ["file"], type: ["change"] },
  link: { category: ["file"], type: ["creation"] },
  chmod: { category: ["file"], type: ["change"] },
  exit: { category: ["process"], type: ["end"] },
  bind: { category: ["network"], type: ["start"] },
  listen: { category: ["network"], type: ["start"] },
  dns: { category: ["network"], type: ["protocol"] },
  flow: { category: ["network"], type: ["info"] },
  instance_start: { category: ["process"], type: ["start"] },
  instance_end: { category: ["process"], type: ["end"] },
};

export interface Categories extends Placed {
  readonly kind: "alert" | "event" | "state";
  readonly outcome?: "success" | "failure" | "unknown";
}

export function categoriesOf(line: Line): Categories {
  switch (line.event) {
    case "span":
      return {
        kind: "event",
        category: ["configuration"],
        type: ["info"],
        outcome: line.failed === undefined ? "success" : "failure",
      };
    case "pahlevan.loop.transition":
      return {
        kind: line.to === "Quarantine" || line.to === "Emergency" ? "alert" : "state",
        category: ["configuration"],
        type: ["change"],
      };
    case "pahlevan.loop.notice":
      return {
        kind: line.notice === "propose" ? "event" : "alert",
        category: ["configuration"],
        type: ["info"],
      };
    case "pahlevan.profile.converged":
      return { kind: "state", category: ["configuration"], type: ["info"] };
    default:
      return ofAct(line);
  }
}

/** ECS counts a refusal as a success, and what it was in `type`. */
function ofAct(line: EventLine & Line): Categories {
  const { category, type } = ofKind[line.kind] ?? ofFacet[kinds[line.kind]];
  if (sortOf(line) !== "decision") return { kind: "event", category, type, outcome: "unknown" };
  const denied = line.action === "deny" || line.action === "kill";
  return {
    kind: line.action === "allow" ? "event" : "alert",
    category: [...category, "intrusion_detection"],
    type: [...type, denied ? "denied" : "allowed"],
    outcome: denied ? "success" : "unknown",
  };
}
