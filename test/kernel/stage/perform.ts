/** Does every act in one container beside an untouched one, and collects what was told of each. */
import { allKinds, type LossEquation } from "@pahlevan/agent/kernel/counters.ts";
import type { Tier } from "@pahlevan/agent/kernel/hooks.ts";
import { objectPath } from "@pahlevan/agent/kernel/load.ts";
import type { KernelEvent, Kind } from "@pahlevan/core/behaviour/event.ts";
import type { WorkloadIdentity } from "@pahlevan/core/behaviour/identity.ts";
import { expected, type Act, type Tiers } from "../acts/act.ts";
import { Box } from "./box.ts";
import { Names } from "./names.ts";
import { Cast, keyOf, told, type Told } from "./told.ts";
import { Watch } from "./watch.ts";

export interface ActResult {
  readonly title: string;
  /** Wait status: 0 where all steps were done. */
  readonly status: number;
  readonly told: readonly Told[];
}

/** Plain data, for a VM hands it over as JSON. */
export interface Performance {
  readonly tiers: Tiers;
  /** Before 5.17: what takes a newer kernel was left out. */
  readonly isOld: boolean;
  readonly results: readonly ActResult[];
  readonly boxId: string;
  /** Who the registry says that the events' container is. */
  readonly identity: WorkloadIdentity;
  /**
   * What was told of the container in which nothing happened, though every occurrence was asked.
   */
  readonly untouched: readonly Told[];
  readonly lossEquation: LossEquation;
  readonly malformed: number;
}

/** Told of every process, whatever it does. */
const background: readonly Kind[] = [
  "fork",
  "exec",
  "exit",
  "syscall",
  "capability",
  "flow",
  "dns",
];
/** What the kernel does on its own time after the act's end is waited for, but not for ever. */
const LATE_MS = 30_000;

export async function perform(all: readonly Act[]): Promise<Performance> {
  const isOld = objectPath().endsWith("-bounded.bpf.o");
  const acts = all.filter(({ newer }) => !(isOld && newer));
  await using watch = await Watch.start();
  const tiers = tiersOf(watch);
  await using box = await Box.start({
    files: Object.fromEntries(acts.flatMap(({ files = {} }) => Object.entries(files))),
  });
  await using untouched = await Box.start();
  const names = new Names(watch, { box: box.container, untouched: untouched.container });
  const { slot } = await watch.instanceOf(box.container.cgroup);
  const other = await watch.instanceOf(untouched.container.cgroup);
  // The program itself, and its fork, are news once.
  await box.must("child", "then", "exit", "0");
  watch.sensors.everyKinds(["fork", "exec", "exit", "flow"], slot);
  watch.sensors.everyKinds(allKinds, other.slot);
  await untouched.must("exit", "0");
  await watch.until("rest of the untouched container", (events) => isWaiting(events, other.slot));
  watch.events = [];

  const elsewhere: KernelEvent[] = [];
  const results: ActResult[] = [];
  for (const act of acts) {
    if (act.before) await box.must(...act.before);
    results.push(await done(act, { watch, box, names, tiers }));
    elsewhere.push(...watch.events.filter(({ instance }) => instance === other.slot));
    watch.events = [];
  }
  const identity = await names.settled(watch.cgroupId(box.container.cgroup));
  watch.sensors.stop();
  return {
    tiers,
    isOld,
    results,
    boxId: box.container.id,
    identity,
    untouched: elsewhere.map((event) => told(event, new Cast(), "untouched")),
    lossEquation: watch.sensors.lossEquation(),
    malformed: watch.sensors.malformed,
  };
}

interface Scene {
  readonly watch: Watch;
  readonly box: Box;
  readonly names: Names;
  readonly tiers: Tiers;
}

async function done(act: Act, { watch, box, names, tiers }: Scene): Promise<ActResult> {
  const cgroupId = watch.cgroupId(box.container.cgroup);
  const status = await box.do(...act.steps);
  const start = await watch.until(`exec of act "${act.title}"`, (events) =>
    // What was to be done before was another process of the same parent.
    events.filter((event) => isStart(event, box)).at(act.before ? 1 : 0),
  );
  if (start.process === undefined) throw new Error("an exec without a process");
  const cast = new Cast(start.process);
  await watch.until(`end of act "${act.title}"`, (events) =>
    everyoneLeft(events, cast) ? true : undefined,
  );
  const ofAct = (event: KernelEvent) =>
    event !== start &&
    isAbout(event, act) &&
    (event.process ? cast.has(event.process) : event.cgroupId === cgroupId);
  const enough = expected(act, tiers).length;
  await watch.within(LATE_MS, (events) => events.filter(ofAct).length >= enough);
  const lines: Told[] = [];
  for (const event of watch.events.filter(ofAct))
    lines.push(told(event, cast, await names.partOf(event.cgroupId)));
  return { title: act.title, status, told: lines };
}

/** Its first process has answered, and reads on: nothing more comes until it is asked. */
function isWaiting(events: readonly KernelEvent[], slot: number): true | undefined {
  const [answer, wait] = events
    .filter(({ instance, detail }) => instance === slot && detail.kind === "syscall")
    .slice(-2)
    .map(({ detail }) => (detail.kind === "syscall" ? detail.name : ""));
  return (answer === "write" && wait === "read") || undefined;
}

/** The first process of the box starts every act. */
function isStart({ detail, process }: KernelEvent, { container }: Box): boolean {
  return detail.kind === "exec" && process?.parent?.pid === container.pid;
}

function isAbout({ detail: { kind } }: KernelEvent, act: Act): boolean {
  const { only, about = [], besides = [] } = act;
  if (only) return only.includes(kind);
  return about.includes(kind) || !(background.includes(kind) || besides.includes(kind));
}

/** All processes of the act have ended. */
function everyoneLeft(events: readonly KernelEvent[], cast: Cast): boolean {
  const left = new Set<string>();
  for (const { detail, process } of events) {
    if (process === undefined) continue;
    if (detail.kind === "fork") cast.forked(process, detail.child);
    if (detail.kind === "exit") left.add(keyOf(process));
  }
  return cast.keys.every((key) => left.has(key));
}

/** A place may serve several facts ("accept, flow"): known by each of their names. */
function tiersOf({ sensors }: Watch): Tiers {
  const tiers: Record<string, Tier> = {};
  for (const { fact, tier } of sensors.tiers())
    if (tier !== undefined) for (const name of fact.split(", ")) tiers[name] = tier;
  return tiers;
}
