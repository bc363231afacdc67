/**
 * A program that needs some things for its start alone is learned, then held to what was learned:
 * what came of each step. Prints it as one line of JSON where it is run by itself, as in a VM.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { asLearned } from "../../../agent/enforce/as-learned.ts";
import { KernelTables } from "../../../agent/enforce/kernel-tables.ts";
import type { Sensors } from "../../../agent/kernel/sensors.ts";
import { Learning } from "../../../agent/learn/learning.ts";
import { everything } from "../../../agent/sense/filter.ts";
import { openNode } from "../../../agent/sense/node.ts";
import { Phases } from "../../../agent/sense/phases.ts";
import { Store } from "../../../agent/store/store.ts";
import type { Hierarchy } from "../../../agent/workload/hierarchy.ts";
import type { BehaviourEvent } from "../../../core/behaviour/event.ts";
import { objectOf } from "../../../core/behaviour/object.ts";
import { reasonFor } from "../../../core/needs/reason.ts";
import { learnedFacets } from "../../../core/behaviour/behaviour.ts";
import type { Compiled } from "../../../core/policy/compile/compiled.ts";
import type { Profile } from "../../../core/profile/profile.ts";
import { TestCgroup } from "../sensed.ts";

export interface PhasesTrial {
  /** Whether the hooks of this kernel refuse files. */
  readonly refuses: boolean;
  /** By behaviour: "init", "steady" or "init steady". */
  readonly learned: Readonly<Record<string, string>>;
  readonly dryRun: string;
  /**
   * How many entries of the kernel's memory are its own: at its start, then forgotten, then again.
   */
  readonly entries: { readonly start: number; readonly over: number; readonly work: number };
  /** As many as there are in truth at the end. */
  readonly found: number;
  /** What the program's acts ended with, and what was decided meanwhile. */
  readonly atStart: Step;
  readonly atWork: Step;
  readonly tooLate: Step;
  readonly restarted: Step;
}

export interface Step {
  readonly exits: readonly string[];
  /** "kill exec /usr/bin/uname: …" */
  readonly decisions: readonly string[];
}

/** For the program's own folder, whose name is another one each time. */
const here = "HERE";
const workload = { namespace: "host", workload: "phases" };
/** Nobody has to wait for what takes a program ten seconds, and a profile five minutes. */
const settings = { settleMs: 400, settleReadyMs: 400, longestInitMs: 60_000 };
const longWatchMs = 400_000;
/** In a machine that is emulated, who looks all the time takes it from who works. */
const lookMs = 20;
/** What is still not so then will never be. */
const mostLooks = 1_500;

/** `start` is what its start does first; the others are asked for, line by line. */
const program = `
start() { read -r line <"$0/config" && /usr/bin/uname >/dev/null; }
work() { read -r line <"$0/data" && /usr/bin/cat "$0/data" >/dev/null; }
config() { read -r line <"$0/config"; }
helper() { /usr/bin/uname >/dev/null; }
last() { read -r line <"$0/last"; }
for time in 1 2 3 4; do start && work || exit; done; echo "started $?"
while read -r act; do $act; echo "$act $?"; done`;

export async function phasesTrial(): Promise<PhasesTrial> {
  const folder = mkdtempSync("/opt/pahlevan-phases-");
  const state = mkdtempSync(join(tmpdir(), "pahlevan-phases-"));
  for (const name of ["config", "data", "last"]) writeFileSync(join(folder, name), "x\n");
  const node = await openNode({
    cgroupHierarchy: "",
    metadataWait: 100,
    processTableSize: 4_096,
    journalSize: 0,
    ringBufferSize: 4 << 20,
    maxInstances: 256,
    seenEntries: 32_768,
    // Fewer than it needs: it takes from what is shared, and has to give that back.
    seenEntriesOwn: 8,
    seenEntriesMost: 4_096,
    fullRecordsPerSecond: 100,
    facetsOff: [],
    guard: true,
    maxPolicies: 8,
  });
  const { agent, senses, hierarchy } = node;
  const store = Store.open({ stateDirectory: state, decisionsKept: 1 });
  const clock = { aheadMs: 0 };
  const nowMs = () => Date.now() + clock.aheadMs;
  const complaints: string[] = [];
  const complain = (says: string) => void complaints.push(says);
  const learning = new Learning({
    profiles: store.profiles,
    senses,
    subjectOf: ({ cgroupId }) => ({
      name: workload,
      id: `cgroup ${cgroupId}`,
      image: "",
      template: "bash",
    }),
    nowMs,
    complain,
    limit: 8,
  });
  const phases = new Phases({ senses, nowMs, complain, learning, settings });
  const own = new Set<bigint>();
  const events: BehaviourEvent[] = [];
  agent.listen(everything, (event) => {
    if (!own.has(event.cgroupId)) return;
    events.push(event);
    if (clock.aheadMs === 0) learning.see(event);
    phases.see(event);
  });
  const instances: Instance[] = [];
  const begin = async (hold?: (instance: Instance) => void) => {
    const instance = await Instance.begin(hierarchy, folder, own, events);
    instances.push(instance);
    hold?.(instance);
    await instance.started();
    return instance;
  };
  const steady = async ({ slot }: Instance) => {
    await until("its start is over", () => {
      phases.tick();
      return senses.instance(slot)?.isSteady === true || undefined;
    });
  };
  const entriesOf = ({ slot }: Instance) => senses.instance(slot)?.entries ?? 0;
  try {
    await agent.start();
    const sensors = senses.kernel;
    if (sensors === undefined) throw new Error("the senses are not started");

    const first = await begin();
    const start = entriesOf(first);
    await steady(first);
    const over = entriesOf(first);
    await first.does("work");
    await first.does("work");
    // Told in the order of the acts: with this one all of the work is heard.
    await first.does("last");
    await told(events, first.cgroup.id, "open", join(folder, "last"));
    const work = entriesOf(first);
    const found = sensors.seenOf(first.slot, first.generation).length;
    // It is watched for long enough, as if it went on like this.
    clock.aheadMs = longWatchMs;
    learning.look();
    learning.save();
    clock.aheadMs = 0;
    const profile = store.profiles.read(workload)?.profile;
    if (profile === undefined) throw new Error(`nothing was learned: ${complaints.join()}`);
    await first.end();

    const { compiled, trial: dryRun } = asLearned(workload.workload, profile, Date.now());
    const hold = heldTo(sensors, compiled);
    events.length = 0;
    const second = await begin(hold);
    await second.does("helper");
    const atStart = stepOf(second, events, compiled);
    await steady(second);
    await second.does("work");
    await second.does("work");
    const atWork = stepOf(second, events, compiled);
    await second.does("config");
    await second.does("helper");
    await second.end();
    await decided(events, "/usr/bin/uname");
    const tooLate = stepOf(second, events, compiled);
    const third = await begin(hold);
    await third.does("helper");
    await third.end();
    const restarted = stepOf(third, events, compiled);
    const tier = senses.tiers().find(({ fact }) => fact === "open")?.tier;
    await agent.stop();
    return {
      refuses: tier === "lsm" || tier === "fentry",
      learned: phasesOf(profile, folder),
      dryRun: dryRun.answer,
      entries: { start, over, work },
      found,
      ...{ atStart, atWork, tooLate, restarted },
    };
  } finally {
    for (const instance of instances) await instance.end();
    await agent.stop();
    senses.close();
    store.close();
    rmSync(folder, { recursive: true });
    rmSync(state, { recursive: true });
  }
}

/** The program in a cgroup of its own. It waits for a line before its first exec. */
class Instance {
  readonly cgroup: TestCgroup;
  readonly exits: string[] = [];
  readonly slot: number;
  readonly generation: number;
  readonly #child: ReturnType<typeof start>;
  readonly #lines: AsyncIterator<string>;
  #hasEnded = false;

  static async begin(
    hierarchy: Hierarchy,
    folder: string,
    own: Set<bigint>,
    events: readonly BehaviourEvent[],
  ): Promise<Instance> {
    const cgroup = new TestCgroup(hierarchy);
    own.add(cgroup.id);
    const child = start(cgroup, folder);
    const began = () =>
      events.find(
        ({ cgroupId, detail }) => cgroupId === cgroup.id && detail.kind === "instance_start",
      );
    return new Instance(cgroup, child, await until("it began", began));
  }

  private constructor(
    cgroup: TestCgroup,
    child: ReturnType<typeof start>,
    { instance, generation }: BehaviourEvent,
  ) {
    this.cgroup = cgroup;
    this.#child = child;
    this.#lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    this.slot = instance;
    this.generation = generation;
  }

  async started(): Promise<void> {
    await this.#says("");
  }

  async does(act: string): Promise<void> {
    await this.#says(act);
  }

  async end(): Promise<void> {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#child.stdin.end();
    if (this.#child.exitCode === null && this.#child.signalCode === null)
      await once(this.#child, "close");
    await this.cgroup.remove();
  }

  async #says(line: string): Promise<void> {
    this.#child.stdin.write(`${line}\n`);
    const said = await this.#lines.next();
    if (said.done) throw new Error("the program has ended");
    this.exits.push(said.value);
  }
}

function start({ procs }: TestCgroup, folder: string) {
  const enter = 'echo 0 >"$0" && read -r go && exec bash --norc -c "$1" "$2"';
  return spawn("sh", ["-c", enter, procs, program, folder], { stdio: ["pipe", "pipe", "inherit"] });
}

function heldTo(sensors: Sensors, compiled: Compiled) {
  const tables = new KernelTables(sensors);
  const { row } = tables.install(compiled, 1);
  return (instance: Instance) => {
    if (!tables.hold(instance, row)) throw new Error("the kernel knows no such instance");
  };
}

/** Of decisions, what was refused or told of. */
function stepOf(
  { exits, cgroup }: Instance,
  events: readonly BehaviourEvent[],
  compiled: Compiled,
): Step {
  const decisions = events.flatMap((event) => {
    const { decision, detail, cgroupId } = event;
    if (cgroupId !== cgroup.id || decision === undefined || decision.action === "would") return [];
    const { action, facet } = decision;
    const why = reasonFor(compiled, event) ?? "nobody knows why";
    const object = objectOf(detail).value.replace(/^\/opt\/pahlevan-phases-[^/]+/, here);
    return [`${action} ${facet} ${object}: ${why}`];
  });
  return { exits: [...exits], decisions };
}

async function told(
  events: readonly BehaviourEvent[],
  cgroup: bigint,
  kind: string,
  object: string,
): Promise<void> {
  const isIt = ({ cgroupId, detail }: BehaviourEvent) =>
    cgroupId === cgroup && detail.kind === kind && objectOf(detail).value === object;
  await until(`${object} is told of`, () => events.find(isIt));
}

async function decided(events: readonly BehaviourEvent[], object: string): Promise<void> {
  const isAbout = ({ decision, detail }: BehaviourEvent) =>
    decision !== undefined && objectOf(detail).value === object;
  await until(`${object} is decided of`, () => events.find(isAbout));
}

async function until<T>(what: string, look: () => T | undefined): Promise<T> {
  for (let looks = 0; looks < mostLooks; looks++) {
    const found = look();
    if (found !== undefined) return found;
    await wait(lookMs);
  }
  throw new Error(`it does not come true that ${what}`);
}

function phasesOf({ facets }: Profile, folder: string): Record<string, string> {
  const phases: Record<string, string> = {};
  for (const facet of learnedFacets)
    for (const [text, { init, steady }] of facets[facet].entries)
      phases[text.replace(folder, here)] = [
        ...(init ? ["init"] : []),
        ...(steady ? ["steady"] : []),
      ].join(" ");
  return phases;
}

if (import.meta.main) console.log(JSON.stringify(await phasesTrial()));
