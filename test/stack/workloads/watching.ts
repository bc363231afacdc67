/** Pahlevan in this process, while workloads live: it learns them, or holds them to a policy. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { loadConfig } from "@pahlevan/agent/cli/config/load.ts";
import { KernelTables } from "@pahlevan/agent/enforce/kernel-tables.ts";
import type { Decided } from "@pahlevan/agent/kernel/guard/guard.ts";
import { Learning } from "@pahlevan/agent/learn/learning.ts";
import { everything } from "@pahlevan/agent/sense/filter.ts";
import { openNode, type Node } from "@pahlevan/agent/sense/node.ts";
import { Store } from "@pahlevan/agent/store/store.ts";
import { kinds, type BehaviourEvent } from "@pahlevan/core/behaviour/event.ts";
import { objectOf } from "@pahlevan/core/behaviour/object.ts";
import { hostNamespace } from "@pahlevan/core/behaviour/identity.ts";
import type { Compiled } from "@pahlevan/core/policy/compile/compiled.ts";
import { emptyProfile, type Profile } from "@pahlevan/core/profile/profile.ts";
import { PATIENCE_MS } from "../../patience.ts";
import { ownCgroup, removeCgroup } from "../containers/cgroups.ts";
import { OciContainer } from "../containers/oci-container.ts";
import { workloads, type WorkloadName } from "./all.ts";
import { imageOf } from "./rootfs.ts";
import { Street } from "./street.ts";
import type { Workload } from "./workload.ts";

/** One container of a workload, from its making to its end. */
export interface Life {
  readonly workload: WorkloadName;
  /** Under which name it is learned; it is not where it is held. */
  readonly learnedAs?: string;
  /** It is held to these tables before it runs anything. */
  readonly policy?: Compiled;
  /** After its load. It is killed then: after an attack nobody knows how it would end. */
  readonly afterwards?: (inside: Inside) => Promise<void>;
}

export interface Inside {
  readonly container: OciContainer;
  /** Where one writes the number of a process that is to be in it. */
  readonly procs: string;
  readonly street: Street;
  readonly workload: WorkloadName;
  /** All that was told of it, with what was decided. */
  readonly events: readonly BehaviourEvent[];
  /** The same as the kernel counted it, also where it told of none. */
  readonly counted: () => readonly Decided[];
}

export interface Lived {
  readonly events: readonly BehaviourEvent[];
  readonly counted: readonly Decided[];
}

interface Living {
  readonly learnedAs: string | undefined;
  readonly events: BehaviourEvent[];
  readonly ended: PromiseWithResolvers<void>;
}

/** So that no decision of a test is only counted. */
const toldPerSecond = 100_000;
const FIRST_GENERATION = 1;

export class Watching implements AsyncDisposable {
  readonly node: Node;
  readonly street: Street;
  readonly #state = mkdtempSync(join(tmpdir(), "pahlevan-watching-"));
  readonly #store: Store;
  readonly #learning: Learning;
  /** By the paths of their cgroups, which the tests choose. */
  readonly #expected = new Map<string, Living>();
  /** By the ids that those then have. */
  readonly #living = new Map<bigint, Living>();
  readonly #complaints: string[] = [];

  static async start(): Promise<Watching> {
    const { config } = await loadConfig({ file: "/dev/null", environment: {}, flags: new Map() });
    const node = await openNode({
      ...config,
      ringBufferSize: 16 << 20,
      fullRecordsPerSecond: toldPerSecond,
      metadataWait: 0, // the tests know whose each cgroup is
      journalSize: 0,
      guard: true,
    });
    const watching = new Watching(node, await Street.open());
    await node.agent.start();
    return watching;
  }

  private constructor(node: Node, street: Street) {
    this.node = node;
    this.street = street;
    this.#store = Store.open({ stateDirectory: this.#state, decisionsKept: 1 });
    this.#learning = new Learning({
      profiles: this.#store.profiles,
      senses: node.senses,
      subjectOf: ({ cgroupId }) => {
        const workload = this.#living.get(cgroupId)?.learnedAs;
        if (workload === undefined) return undefined;
        const name = { namespace: hostNamespace, workload };
        return { name, id: `cgroup ${cgroupId}`, image: "", template: "" };
      },
      nowMs: Date.now,
      complain: (says) => this.#complaints.push(says),
      limit: 64,
    });
    node.agent.listen(everything, (event) => this.#see(event));
  }

  /** To its end: it has done its load, has stopped, and all of it is told. */
  async live(life: Life): Promise<Lived> {
    const cgroup = ownCgroup();
    const living: Living = {
      learnedAs: life.learnedAs,
      events: [],
      ended: Promise.withResolvers(),
    };
    this.#expected.set(cgroup, living);
    try {
      const counted = await this.#spend(life, cgroup, living.events);
      await removeCgroup(cgroup);
      await living.ended.promise;
      return { events: living.events, counted };
    } finally {
      await removeCgroup(cgroup);
      this.#expected.delete(cgroup);
    }
  }

  /** What the kernel counted of its decisions by its end. */
  async #spend(life: Life, cgroup: string, events: readonly BehaviourEvent[]) {
    const { workload: name, policy, afterwards } = life;
    const workload: Workload = workloads[name];
    const { args, user, env, stop = "SIGTERM" } = workload;
    await using container = await OciContainer.create({
      args,
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", ...env },
      image: await imageOf(workload),
      network: this.street.network,
      ...(user !== undefined && { user }),
    });
    const folder = `${this.node.hierarchy.mountPoint}${cgroup}`;
    const procs = join(folder, "cgroup.procs");
    mkdirSync(folder);
    const cgroupId = statSync(folder, { bigint: true }).ino;
    // Its cgroup is known, and held, before its first program runs.
    writeFileSync(procs, String(container.pid));
    const row = policy && this.#hold(cgroupId, policy);
    await container.start();
    const site = { pid: container.pid, root: container.rootfs };
    for (const ask of ["answers", "load"] as const)
      await this.street.ask({ ask, workload: name, site }).catch((cause: unknown) => {
        const decided = events.filter(({ decision }) => decision !== undefined).map(toldText);
        throw new Error(`${name}: ${ask}; decided was:\n${decided.join("\n")}`, { cause });
      });
    const { street } = this;
    const counted = () => this.#counted(cgroupId);
    await afterwards?.({ workload: name, container, procs, street, events, counted });
    process.kill(container.pid, afterwards === undefined ? stop : "SIGKILL");
    await emptied(procs);
    const sum = counted();
    if (row !== undefined) {
      this.#learnsCalls(true);
      this.#sensors.guard().remove(row);
    }
    return sum;
  }

  /** What was learned under this name. */
  profile(learnedAs: string): Profile {
    this.#learning.save();
    const [complaint] = this.#complaints;
    if (complaint !== undefined) throw new Error(complaint);
    const name = { namespace: hostNamespace, workload: learnedAs };
    return this.#store.profiles.read(name)?.profile ?? emptyProfile;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.node.agent.stop();
    this.node.senses.close();
    this.#store.close();
    await this.street[Symbol.asyncDispose]();
    rmSync(this.#state, { recursive: true });
  }

  get #sensors() {
    const { kernel } = this.node.senses;
    if (kernel === undefined) throw new Error("the senses are not started");
    return kernel;
  }

  #hold(cgroupId: bigint, policy: Compiled): number {
    const tables = new KernelTables(this.#sensors);
    const { row } = tables.install(policy, FIRST_GENERATION);
    const instance = this.#sensors.instanceOf(cgroupId);
    if (instance === undefined || !tables.hold(instance, row))
      throw new Error("the kernel knows no instance in the workload's cgroup");
    this.#learnsCalls(false);
    return row;
  }

  /** What is denied of them is stopped where an agent would stop it: see CallsWatched. */
  #learnsCalls(does: boolean): void {
    const sensors = this.#sensors;
    if (!sensors.canGuardCalls) return;
    if (does) {
      sensors.attachSyscalls();
      sensors.unguardCalls();
    } else {
      sensors.guardCalls();
      sensors.detachSyscalls();
    }
  }

  #counted(cgroupId: bigint): readonly Decided[] {
    const instance = this.#sensors.instanceOf(cgroupId);
    return instance === undefined ? [] : this.#sensors.guard().decided(instance.slot);
  }

  #see(event: BehaviourEvent): void {
    if (event.detail.kind === "instance_start") {
      const expected = this.#expected.get(event.detail.cgroup.value);
      if (expected !== undefined) this.#living.set(event.cgroupId, expected);
    }
    const living = this.#living.get(event.cgroupId);
    if (living === undefined) return;
    this.#learning.see(event);
    living.events.push(event);
    if (event.detail.kind !== "instance_end") return;
    this.#living.delete(event.cgroupId);
    living.ended.resolve();
  }
}

/** "deny file /etc/shadow read"; "saw mount /srv" where nothing was decided. */
export function toldText({
  decision,
  detail,
}: Pick<BehaviourEvent, "decision" | "detail">): string {
  const object = objectOf(detail).value;
  if (decision === undefined) return `saw ${kinds[detail.kind]} ${object}`;
  const { action, facet, uses } = decision;
  return [action, facet, object, ...uses].join(" ");
}

/** There is no event for a cgroup without processes under v1. */
async function emptied(procs: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (readFileSync(procs, "utf8") !== "") {
    if (Date.now() > deadline) throw new Error(`${procs}: a process does not end`);
    await delay(10);
  }
}
