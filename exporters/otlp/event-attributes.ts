/** The attributes of a fact: who did it, where, what it is about, and what was decided. */
import type { EventLine } from "@pahlevan/core/behaviour/event-line.ts";
import { detailAttributes } from "./detail.ts";
import { imageAttributes } from "./image-name.ts";
import type { Attributes } from "./registry.ts";

export function eventAttributes(line: EventLine): Attributes {
  const { facet, kind, object, detail, escaped, flags } = line;
  return {
    ...whereAttributes(line),
    ...detailAttributes(line),
    ...whoAttributes(line.process),
    ...ruleAttributes(line),
    "pahlevan.facet": facet,
    "pahlevan.kind": kind,
    "pahlevan.object": object,
    "pahlevan.decision.action": line.action,
    "pahlevan.decision.mode": line.mode,
    "pahlevan.decision.tier": line.tier,
    "pahlevan.decision.reason": line.reason,
    "pahlevan.detail": Object.keys(detail).length > 0 ? JSON.stringify(detail) : undefined,
    "pahlevan.escaped": escaped && [...escaped],
    "pahlevan.flags": flags.length > 0 ? [...flags] : undefined,
  };
}

/** Only a pod is in a namespace of Kubernetes'; a host's workload is in one of ours. */
function whereAttributes({ container, pod, namespace }: EventLine): Attributes {
  return {
    ...(container && {
      "container.id": container.id,
      "container.name": container.name,
      ...imageAttributes(container.image),
    }),
    ...(pod !== undefined && { "k8s.namespace.name": namespace, "k8s.pod.name": pod }),
  };
}

function whoAttributes(process: EventLine["process"]): Attributes {
  if (process === undefined) return {};
  const { pid, start, exe, args, cwd, uid, parent } = process;
  return {
    "process.pid": pid,
    "process.parent_pid": parent?.pid,
    "process.executable.path": exe || undefined,
    "process.executable.name": exe.slice(exe.lastIndexOf("/") + 1) || undefined,
    "process.command_args": args && [...args],
    "process.working_directory": cwd,
    "process.user.id": uid,
    "pahlevan.process.start": start,
    "pahlevan.process.parent.executable.path": parent?.exe,
    "pahlevan.process.parent.start": parent?.start,
  };
}

function ruleAttributes({ event, policy, facet, generation, reason }: EventLine): Attributes {
  if (event !== "pahlevan.decision") return {};
  return {
    "security_rule.name": policy || undefined,
    "security_rule.ruleset.name": "pahlevan",
    "security_rule.category": facet,
    "security_rule.version": generation?.toString(),
    "security_rule.description": reason,
  };
}
