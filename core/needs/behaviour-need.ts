/** A behaviour as a policy's tables name it: what would have to be allowed, and the act itself. */
import { behaviourText } from "../behaviour/behaviour-text.ts";
import type { Behaviour } from "../behaviour/behaviour.ts";
import { readDistance } from "../behaviour/distance.ts";
import { pathOfName } from "../behaviour/name.ts";
import type { Act } from "../policy/compile/act.ts";
import type { Need, Reached } from "../policy/compile/learned.ts";

/** Undefined for questions to DNS: what is allowed of those is to reach the server. */
export function needOf(behaviour: Behaviour): Need | undefined {
  if (behaviour.facet !== "network") return plainOf(behaviour);
  if ("questionType" in behaviour) return undefined;
  const { facet, operation } = behaviour;
  if ("path" in behaviour)
    return { facet, operation, protocol: "unix", path: pathOfName(behaviour.path) };
  const { protocol, address, port } = behaviour;
  return { facet, operation, protocol, to: reached(address), ports: [port, port] };
}

/** Of who was let in, only how far he is was kept. */
export function reached(to: string): Reached {
  const distance = readDistance(to);
  return distance === undefined ? { kind: "range", range: to } : { kind: "distance", distance };
}

/** One address of each distance: who came in from there is not known any more. */
const examples = { loopback: "127.0.0.1", private: "10.0.0.1", public: "192.0.2.1" } as const;

/** What an instance did to show it. */
export function actOf(behaviour: Behaviour): Act | undefined {
  if (behaviour.facet !== "network") return plainOf(behaviour);
  if ("questionType" in behaviour) return undefined;
  const { facet, operation } = behaviour;
  if ("path" in behaviour)
    return { facet, operation, protocol: "unix", path: pathOfName(behaviour.path) };
  const { protocol, address, port } = behaviour;
  const distance = readDistance(address);
  if (distance === undefined) return { facet, operation, protocol, address, port };
  const peer = examples[distance];
  return { facet, operation, protocol, address: "0.0.0.0", port, peer };
}

type Plain = Exclude<Behaviour, { readonly facet: "network" }>;

/** Of these the need is the act. */
function plainOf(behaviour: Plain): Need & Act {
  switch (behaviour.facet) {
    case "exec": {
      const { facet, path, script } = behaviour;
      const itself = { facet, path: pathOfName(path) };
      return script === undefined ? itself : { ...itself, script: pathOfName(script) };
    }
    case "file": {
      const { facet, access, path } = behaviour;
      return { facet, access, path: pathOfName(path) };
    }
    case "syscall": {
      const { facet, name, compat } = behaviour;
      return { facet, name, ...(compat && { compat }) };
    }
    case "capability":
      return behaviour;
    default: {
      const { facet } = behaviour;
      return { facet, object: behaviourText(behaviour).slice(facet.length + 1) };
    }
  }
}
