/** What the loop wants of the kernel: to what each instance of a workload is held. */
import { lockedIn, standing } from "./before.ts";
import { canaries, stepAfter, stepSizes } from "./canary.ts";
import type { Loop } from "./loop.ts";
import type { Phase } from "./phase.ts";
import type { LiveInstance, World } from "./world.ts";

/**
 * open: what nobody denies by name passes, and is learned. watched: it passes and is told of, as
 * far as `enforced` would refuse it. quarantined: enforced, and it reaches nobody. off: as
 * enforced, and nothing at all is refused.
 */
export type Hold = "open" | "watched" | "enforced" | "quarantined" | "off";

type Instances = Pick<World, "instances" | "policy" | "place">;

export function holdsOf(loop: Loop, world: Instances): ReadonlyMap<string, Hold> {
  const { instances } = world;
  const spread = spreadOf(loop, world);
  const locked = lockedIn(loop);
  const isLocked = ({ id }: LiveInstance) => locked === "all" || locked.includes(id);
  return new Map(
    instances.map((one) => [one.id, isLocked(one) ? "quarantined" : spread(one.id)] as const),
  );
}

/** How many enforce. */
export function enforcing(holds: ReadonlyMap<string, Hold>): number {
  return [...holds.values()].filter((hold) => hold === "enforced" || hold === "quarantined").length;
}

/** What an instance that begins now is held to: no step grows by who is new. */
export function holdOfNew(loop: Loop): Hold {
  if (lockedIn(loop) === "all") return "quarantined";
  const { phase } = standing(loop);
  return phase === "Canary" ? "watched" : uniform(phase, loop);
}

/** How many instances each step holds, as many as there are now. */
export function sizesOf({ policy, instances }: Pick<World, "policy" | "instances">) {
  return stepSizes(policy.canary.steps, Math.max(1, instances.length));
}

/**
 * Whether the first step leaves somebody out: of those that live, of those without a name, and of
 * those that may come where nobody lives.
 */
export function leavesSomeOut({ policy, instances, unnamed, alone }: World): boolean {
  const known = alone ? 1 : instances.length + unnamed;
  const most = known > 0 ? known : Number.MAX_SAFE_INTEGER;
  return stepAfter(stepSizes(policy.canary.steps, most), 0) !== undefined;
}

function spreadOf(loop: Loop, world: Instances): (id: string) => Hold {
  const { phase, step } = standing(loop);
  if (phase !== "Canary") return () => uniform(phase, loop);
  const { instances, place } = world;
  const size = sizesOf(world)[step] ?? instances.length;
  const chosen = canaries(instances, size, `${place.namespace}/${place.policy}/${place.workload}`);
  return (id) => (chosen.has(id) ? "enforced" : "watched");
}

function uniform(phase: Phase, { contradicts }: Loop): Hold {
  switch (phase) {
    case "Pending":
    case "Learning":
      return "open";
    case "Enforcing":
    case "Canary":
    case "Healing":
      return "enforced";
    case "Review":
      // What it denies by name is the workload's own work, perhaps; else a person only has to look.
      return contradicts ? "off" : "watched";
    case "Emergency":
      return "off";
    case "RolledBack":
    case "Quarantine":
    case "Suspended":
      return "watched";
  }
}
