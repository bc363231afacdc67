/** What happens to simulated workloads, and to those who look after them. */
import type { Phase } from "@pahlevan/core/loop/phase.ts";
import type { SignalKind } from "@pahlevan/core/loop/signal.ts";
import type { Random } from "../random.ts";
import { executing, reading } from "./acts.ts";
import { styles, type Style } from "./attacker.ts";
import { crashPoints, type Killer } from "./crash.ts";
import type { Fleet } from "./fleet.ts";
import type { Happening, Life } from "./life.ts";
import { day, hour, minute } from "./made.ts";
import type { Service } from "./service.ts";
import type { Stack } from "./stack.ts";
import type { Wire } from "./wire.ts";

/** What of a simulation others may change. */
export interface Stage {
  readonly life: Life;
  readonly random: Random;
  readonly fleet: Fleet;
  readonly stack: Stack;
  readonly wire: Wire;
  readonly killer: Killer;
  /** Nodes that nobody reaches now. */
  readonly cutNodes: Set<string>;
  readonly nowMs: number;
  readonly clockMs: number;
  readonly phaseOf: (service: Service) => Phase;
  /** It is looked at, and for a while more often. */
  readonly wake: (service: Service) => void;
  wakeAll(): void;
  readonly later: (inMs: number, then: () => void) => void;
  /** Somebody is in one instance; returns how that ends. */
  enter(service: Service, style: Style): () => void;
  operate(service: Service, kind: SignalKind): void;
  /** Clocks are ahead by so much, or behind. */
  skew(ms: number): void;
  /** Who leads is killed at rest. */
  restart(): void;
  /** Two lead; returns how that ends. */
  split(): (() => void) | undefined;
  /** It came or went just now. */
  heartbeatWas(): void;
}

const operatorKinds: readonly SignalKind[] = [
  "promote",
  "advance",
  "rollback",
  "rollback",
  "relearn",
  "quarantine",
  "emergency",
  "suspend",
  "resume",
  "resume",
  "resume",
];
const aside: readonly Phase[] = ["Quarantine", "Emergency", "Suspended"];

/** Which workload it was. */
export function happen(what: Happening, stage: Stage): Service {
  const { random, fleet, wire, stack, clockMs } = stage;
  const some = (mostMs: number) => minute + Math.floor(random() * mostMs);
  const any = <T>(all: readonly T[]) => anyOf(all, random);
  const service = what === "rescue" ? inNeed(stage) : any(fleet.services);
  stage.wake(service);
  switch (what) {
    case "release":
      service.release(clockMs);
      rolling(service, stage);
      break;
    case "rare": {
      const path = `/srv/rare/${Math.floor(random() * 8)}`;
      const doing = random() < 0.5 ? reading(path) : executing(path);
      const share = random();
      const times = 1 + Math.floor(random() * 10);
      for (const { id } of service.instances)
        if (random() < share) service.does(doing, id, clockMs, times);
      break;
    }
    case "outage":
      service.outage = true;
      stage.later(some(6 * hour), () => {
        service.outage = false;
        stage.wake(service);
      });
      break;
    case "operator":
      stage.operate(service, wishFor(service, stage));
      break;
    case "rescue": {
      const phase = stage.phaseOf(service);
      if (aside.includes(phase)) stage.operate(service, "resume");
      else if (phase === "RolledBack") stage.operate(service, "promote");
      break;
    }
    case "attack": {
      const style = any(styles);
      stage.later(some(3 * hour), stage.enter(service, style));
      break;
    }
    case "scale":
      service.scale(1 + Math.floor(random() * 2 * service.instances.length));
      break;
    case "edit":
      service.edit(any(stage.life.services).policy, false, clockMs);
      break;
    case "contradiction":
      service.edit(service.policy, true, clockMs);
      stage.later(some(6 * hour), () => {
        service.edit(service.policy, false, stage.clockMs);
        stage.wake(service);
      });
      break;
    case "emergency":
      stack.isEmergency = any([["alertmanager"], ["alertmanager", "grafana"]]);
      stage.later(some(3 * hour), () => {
        stack.isEmergency = [];
      });
      break;
    case "crash": {
      const point = any(crashPoints);
      const times = 1 + Math.floor(random() * 3);
      stage.killer.arm(point, point === "while starting" ? 1 : times);
      // Nobody starts but who was killed.
      if (point === "while starting") stage.restart();
      break;
    }
    case "partition": {
      const mend = wire.cut(stage.nowMs);
      stage.heartbeatWas();
      stage.later(some(hour), () => {
        mend();
        stage.heartbeatWas();
      });
      break;
    }
    case "node lost":
      lose(`n${Math.floor(random() * stage.life.nodes)}`, stage);
      break;
    case "node cut":
      cut(any(service.instances).node, some(2 * hour), stage);
      break;
    case "clock jump":
      stage.skew(Math.floor((random() - 0.5) * 2 * day));
      stage.later(some(6 * hour), () => stage.skew(0));
      break;
    case "two leaders": {
      const end = stage.split();
      if (end !== undefined) stage.later(some(hour), end);
    }
  }
  return service;
}

function anyOf<T>(all: readonly T[], random: Random): T {
  const one = all[Math.floor(random() * all.length)];
  if (one === undefined) throw new Error("of none, there is none to choose");
  return one;
}

function rolling(service: Service, stage: Stage): void {
  if (!service.roll()) return;
  stage.wake(service);
  stage.later(minute, () => rolling(service, stage));
}

function lose(node: string, stage: Stage): void {
  for (const service of stage.fleet.services) if (service.lose(node)) stage.wake(service);
}

function cut(node: string, forMs: number, { cutNodes, fleet, later, wake }: Stage): void {
  if (cutNodes.has(node)) return;
  cutNodes.add(node);
  later(forMs, () => {
    cutNodes.delete(node);
    for (const service of fleet.services) if (service.reach(node)) wake(service);
  });
}

/** Who finds it aside mostly wants it back. */
function wishFor(service: Service, { phaseOf, random }: Stage): SignalKind {
  const phase = phaseOf(service);
  if (aside.includes(phase) && random() < 0.6) return "resume";
  if (phase === "RolledBack" && random() < 0.4) return "promote";
  return anyOf(operatorKinds, random);
}

/** Of many, one that waits for a person. */
function inNeed({ fleet, phaseOf, random }: Stage): Service {
  const waits = fleet.services.filter((service) => {
    const phase = phaseOf(service);
    return aside.includes(phase) || phase === "RolledBack";
  });
  return anyOf(waits.length > 0 ? waits : fleet.services, random);
}
