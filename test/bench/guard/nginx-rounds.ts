/** What watches nginx while it is asked: each in turn, round by round. */
import { KernelTables } from "@pahlevan/agent/enforce/kernel-tables.ts";
import type { Decided } from "@pahlevan/agent/kernel/guard/guard.ts";
import { decode } from "@pahlevan/agent/kernel/decode.ts";
import { Sensors } from "@pahlevan/agent/kernel/sensors.ts";
import type { Hierarchy } from "@pahlevan/agent/workload/hierarchy.ts";
import type { Compiled } from "@pahlevan/core/policy/compile/compiled.ts";
import type { KernelEvent } from "@pahlevan/core/behaviour/event.ts";
import * as z from "zod";
import { toldText } from "../../stack/workloads/watching.ts";
import { compileBpf } from "../compile.ts";
import { chosenHooks, EmptyPrograms } from "../host/empty.ts";
import { undisturbed } from "../host/strangers.ts";
import type { Served, Serving } from "./serving.ts";

const servedSchema = z.object({ perSecond: z.number(), ownNs: z.number() });

export const roundSchema = z.object({
  /** Nothing attached. */
  bare: servedSchema,
  /** Empty programs on the hooks of the state below. */
  empty: servedSchema,
  /** Held to a policy of every facet but system calls. */
  held: servedSchema,
  /** Empty programs on the same hooks, and at the entry of system calls. */
  emptyListing: servedSchema,
  /**
   * Held to a policy that lists system calls too: a program is at the functions of those that it
   * denies, or, where the kernel has no such place, at the entry of all.
   */
  listing: servedSchema,
});
export type Round = Readonly<z.infer<typeof roundSchema>>;
export type State = keyof Round;

interface Group {
  start(): void | Promise<void>;
  /** In this order or in the other one; `set` brings about what starting the group has not. */
  readonly turns: readonly { readonly state: State; readonly set: () => void }[];
  stop(): void;
}

export interface Setting {
  readonly hierarchy: Hierarchy;
  readonly serving: Serving;
  readonly policy: Compiled;
}

export async function roundsOf(
  setting: Setting,
  rounds: number,
  say: (line: string) => void,
): Promise<Round[]> {
  const { hierarchy, serving } = setting;
  const empty = emptyPrograms(hierarchy);
  const groups = [bareGroup, emptyGroup(empty), heldGroup(setting)];
  try {
    await serving.measure(); // the first fills slabs and page tables
    return await undisturbed(rounds, (round) => oneRound(serving, groups, round), say);
  } finally {
    empty.close();
  }
}

/** Each begins with another group: what warms up or cools down is nobody's advantage. */
async function oneRound(serving: Serving, groups: readonly Group[], round: number): Promise<Round> {
  const served: Partial<Record<State, Served>> = {};
  for (let index = 0; index < groups.length; index++) {
    const group = groups[(round + index) % groups.length];
    if (group === undefined) continue;
    try {
      await group.start();
      for (const { state, set } of round % 2 ? group.turns.toReversed() : group.turns) {
        set();
        served[state] = await serving.measure();
      }
    } finally {
      group.stop();
    }
  }
  return roundSchema.parse(served);
}

function nothing(): void {}

const bareGroup: Group = {
  start: nothing,
  turns: [{ state: "bare", set: nothing }],
  stop: nothing,
};

function emptyGroup(empty: EmptyPrograms): Group {
  return {
    start: () => empty.attach(),
    turns: [
      { state: "emptyListing", set: () => empty.attachSyscalls() },
      { state: "empty", set: () => empty.detachSyscalls() },
    ],
    stop: () => empty.detach(),
  };
}

/** As the agent has it once nobody learns system calls any more. */
function list(sensors: Sensors): void {
  if (!sensors.canGuardCalls) return sensors.attachSyscalls();
  sensors.guardCalls();
  sensors.detachSyscalls();
}

function listNothing(sensors: Sensors): void {
  sensors.unguardCalls();
  sensors.detachSyscalls();
}

/** Loaded anew for each round, so that no one placing of its maps in memory decides. */
function heldGroup({ hierarchy, serving, policy }: Setting): Group {
  let sensors: Sensors | undefined;
  let decided = (): readonly Decided[] => [];
  const told: string[] = [];
  const tell = (event: KernelEvent | undefined) => {
    if (event?.decision) told.push(toldText(event));
  };
  return {
    start: async () => {
      sensors = Sensors.start({
        ...{ hierarchy, guard: true, policies: 2 },
        onRecord: (record) => tell(decode(record)),
      });
      const kernel = new KernelTables(sensors);
      const instance = sensors.instanceOf(serving.cgroupId);
      const { row } = kernel.install(policy, 1);
      if (instance === undefined || !kernel.hold(instance, row))
        throw new Error("the kernel knows no instance of nginx");
      decided = () => kernel.decided(instance.slot);
      await serving.measure(); // so that it is warm, as bare it is
    },
    turns: [
      { state: "listing", set: () => sensors && list(sensors) },
      { state: "held", set: () => sensors && listNothing(sensors) },
    ],
    stop: () => {
      // A call that an error path makes once is only watched for: see asLearned().
      const found = decided().filter(({ action }) => !["tell", "would"].includes(action));
      sensors?.close();
      if (found.length > 0) throw new Error(`nginx was not let do its work: ${told.join("; ")}`);
    },
  };
}

function emptyPrograms(hierarchy: Hierarchy): EmptyPrograms {
  const sensors = Sensors.start({ hierarchy, guard: true, onRecord: nothing });
  const hooks = chosenHooks(sensors.tiers());
  sensors.close();
  return new EmptyPrograms(compileBpf("host/empty.bpf.c"), hooks, hierarchy.mountPoint);
}
