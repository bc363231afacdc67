/** Enforcing on this host, put together: policies of files, the kernel's tables, and decisions. */
import { hostname, uptime } from "node:os";
import type { BehaviourEvent } from "@pahlevan/core/behaviour/event.ts";
import type { Loop } from "@pahlevan/core/loop/loop.ts";
import type { Policy } from "@pahlevan/core/policy/policy.ts";
import type { LoopSettings } from "@pahlevan/core/loop/settings.ts";
import { reasonFor } from "@pahlevan/core/needs/reason.ts";
import { shortfalls } from "@pahlevan/core/policy/compile/kernel.ts";
import { learningStatus } from "@pahlevan/core/profile/status.ts";
import { traced } from "@pahlevan/exporters/metrics/exemplar.ts";
import { Distributions } from "@pahlevan/exporters/metrics/distribution.ts";
import type { LoopFigures, PolicyFigures } from "@pahlevan/exporters/metrics/source.ts";
import { lineOfEnd, spanNow } from "@pahlevan/exporters/life/life.ts";
import type { Trace } from "@pahlevan/exporters/record.ts";
import { convergedLine } from "../exports/converged-line.ts";
import { lifeOf } from "../exports/life.ts";
import type { Telling } from "../exports/telling.ts";
import { HostLoop } from "../loop/host-loop.ts";
import { blindFacets } from "../learn/blind.ts";
import { Pins, type PinnedProgram } from "../kernel/pins.ts";
import type { Sensors } from "../kernel/sensors.ts";
import type { PolicySource } from "../policies/policy-source.ts";
import type { CallsWatched } from "../sense/calls-watched.ts";
import type { Phases } from "../sense/phases.ts";
import { everything } from "../sense/filter.ts";
import type { HoldAnswer, StartingContainer } from "../sense/control-protocol.ts";
import type { Logger } from "../sense/log.ts";
import { cgroupIdAt, directoryAt, type Node } from "../sense/node.ts";
import { reasonOf } from "../store/error.ts";
import type { Store } from "../store/store.ts";
import { workloadText } from "../store/workload-name.ts";
import { cgroupOfProcess } from "../workload/process-cgroup.ts";
import { factsAtStart } from "../workload/runtimes/at-start.ts";
import { isPodmans } from "../workload/runtimes/oci-state.ts";
import { CutOff, refusedBy, uncuttable } from "./cut-off.ts";
import { HostPolicies } from "./host-policies.ts";
import { KernelTables } from "./kernel-tables.ts";
import { kernelOf, unjudged } from "./tiers.ts";
import { unprotected } from "./unprotected.ts";

export interface HostEnforcementOptions {
  readonly source: PolicySource;
  readonly store: Store;
  /** Started. */
  readonly node: Pick<Node, "agent" | "senses" | "hierarchy" | "registry">;
  readonly phases: Phases;
  readonly config: {
    readonly saveInterval: number;
    readonly maxPolicies: number;
    readonly cluster: string;
    readonly heartbeat: "auto" | "required";
    readonly heartbeatTimeout: number;
  };
  readonly settings: LoopSettings;
  readonly telling: Telling;
  /** Absent: they are watched all the time. */
  readonly calls?: Pick<CallsWatched, "watch">;
  /** Policies are other ones now; these are all. */
  readonly edited: (policies: readonly Policy[]) => void;
  readonly log: Pick<Logger, "info" | "warn">;
}

const tickMs = 1_000;
/** In seconds. Who is not named yet is waited for up to two. */
const lagBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
/** Generation of what is decided without a policy. */
const nobodys = 0;
const protectsItself = "the guard protects itself";

/** In the words of events; what was only to be known is no violation. */
function outcomeOf(action: string) {
  switch (action) {
    case "would":
      return { action: "allow", mode: "monitor" } as const;
    case "alert":
      return { action, mode: action } as const;
    case "deny":
    case "kill":
      return { action, mode: "enforce" } as const;
    default:
      return undefined;
  }
}

const policiesOf = (source: PolicySource) => source.policies.map(({ policy }) => policy);

function quietSeconds(sinceMs: number | undefined): number | undefined {
  return sinceMs === undefined ? undefined : Math.max(0, (Date.now() - sinceMs) / 1_000);
}

/** The verdict that holds a rollback, or that led to where one is. */
function isNow({ phase, question }: Loop): boolean {
  return phase === "Quarantine" || question !== undefined;
}

export class HostEnforcement {
  readonly policies: HostPolicies;
  readonly loop: HostLoop;
  readonly #source: PolicySource;
  readonly #telling: Telling;
  readonly #decisionLag = new Distributions(lagBounds);
  readonly #kernelOf: () => ReturnType<typeof kernelOf>;
  readonly #stops: (() => void)[];
  readonly #sensors: Sensors;
  readonly #phases: Phases;
  readonly #node: HostEnforcementOptions["node"];
  readonly #complain: (says: string) => void;
  #pins: Pins | undefined;
  #isStopped = false;

  constructor(options: HostEnforcementOptions) {
    const { source, store, node, phases, config, settings, telling, log } = options;
    const { agent, senses } = node;
    const sensors = senses.kernel;
    if (sensors === undefined) throw new Error("the senses are not started");
    const complain = (says: string) => log.warn(says);
    this.#source = source;
    this.#telling = telling;
    this.#sensors = sensors;
    this.#node = node;
    this.#complain = complain;
    this.#kernelOf = () => kernelOf(senses.tiers());
    const without = unjudged(this.#kernelOf());
    if (without !== undefined) complain(without);
    const loop = new HostLoop({
      store,
      heartbeat: {
        isExpected: config.heartbeat === "required",
        patienceMs: config.heartbeatTimeout,
      },
      log,
      telling,
      nowMs: Date.now,
    });
    this.loop = loop;
    this.policies = new HostPolicies({
      kernel: new KernelTables(sensors, () => options.calls?.watch("a policy looks at them")),
      cutOff: new CutOff({
        cuts: sensors.cuts(),
        refused: refusedBy(senses.tiers()),
        directoryOf: (cgroupId) => {
          const path = node.registry.pathsOf(cgroupId).at(-1);
          return path === undefined ? undefined : directoryAt(node.hierarchy, path);
        },
        complain,
      }),
      policies: policiesOf(source),
      // Each has two rows while its policy changes or a newer template is learned.
      mostWorkloads: Math.floor(config.maxPolicies / 2),
      living: () => agent.living(),
      existing: () => sensors.existing(),
      identityOf: (instance) => agent.identityOf(instance),
      pathsOf: ({ cgroupId }) => node.registry.pathsOf(cgroupId),
      identityAt: (path) => node.registry.identityAt(path),
      profiles: store.profiles,
      states: store.policies,
      loops: {
        all: () => loop.loops(),
        save: (changed, gone) => loop.saveLoops(changed, gone),
      },
      firing: () => loop.firing(),
      settings,
      heartbeat: (nowMs) => loop.heartbeat(nowMs),
      node: hostname(),
      cluster: config.cluster,
      blind: () => blindFacets(senses.tiers()),
      nowMs: Date.now,
      bootedMs: Date.now() - uptime() * 1_000,
      reviewMs: config.saveInterval,
      perform: (workload, effect) => loop.perform(workload, effect),
      left: (workload) => {
        telling.tell(lineOfEnd(lifeOf(workload), workload.loop, Date.now()));
        const { namespace, policy, workload: name } = workload.place;
        loop.forget(namespace, policy, name);
      },
      converged: (workload) => telling.tell(convergedLine(workload, Date.now())),
      complain,
    });
    this.#phases = phases;
    phases.policies = this.policies;
    agent.judging = (event) => {
      if (event.decision?.policy === nobodys) return { policy: "", reason: protectsItself };
      const by = event.decision && this.policies.decidedBy(event.decision.policy);
      if (by === undefined) return undefined;
      const reason = reasonFor(by.tables, event) ?? "by tables that were replaced since";
      const facet = event.decision?.facet ?? "";
      return { policy: by.policy.name, reason, isWatched: by.watches.has(facet) };
    };
    const timer = setInterval(() => this.policies.tick(), tickMs);
    timer.unref();
    this.#stops = [
      () => clearInterval(timer),
      source.watch(() => {
        for (const problem of source.problems) complain(problem);
        this.policies.changed(policiesOf(source));
        options.edited(policiesOf(source));
      }),
      loop.begin(this.policies),
      agent.listen(everything, (event) => {
        this.#countLag(event);
        this.policies.see(event);
        const { detail, instance: slot, generation, cgroupId } = event;
        if (detail.kind === "instance_start")
          this.policies.holdIfPossible({ slot, generation, cgroupId });
        if (detail.kind === "instance_end") this.policies.ended(slot);
      }),
    ];
  }

  /**
   * When it answers, the container is held to the policy that selects it, before its first exec.
   */
  async holdContainer({ pid, id, annotations }: StartingContainer): Promise<HoldAnswer> {
    const { hierarchy, registry } = this.#node;
    const path = cgroupOfProcess(pid, hierarchy);
    const cgroupId = path === undefined ? undefined : cgroupIdAt(hierarchy, path);
    const instance = cgroupId === undefined ? undefined : this.#sensors.instanceOf(cgroupId);
    if (path === undefined || cgroupId === undefined || instance === undefined)
      throw new Error(`process ${pid} is in no cgroup that the kernel told of`);
    const settled = isPodmans(annotations)
      ? undefined // it answers nobody about a container until it has started it
      : await registry.settled(cgroupId, path);
    const identity =
      settled?.complete && settled.container !== undefined
        ? settled
        : registry.told(cgroupId, path, await factsAtStart(id, annotations));
    const workload = workloadText(identity);
    const held = this.policies.hold({ ...instance, cgroupId }, identity);
    if (held === undefined) return { workload, policy: "", phase: "" };
    const { policy, loop, generation, refused = "it has no tables yet" } = held;
    if (generation === undefined)
      throw new Error(`policy ${policy.name} of ${workload} is not in force: ${refused}`);
    return { workload, policy: policy.name, phase: loop.phase };
  }

  /**
   * What is now stays in force whatever becomes of this process. What an agent before this one left
   * goes when everybody is held that it may have held: once all names are known.
   */
  pin(folder: string, namesKnown: Promise<unknown>): { readonly unpinned: readonly string[] } {
    if (folder === "") return { unpinned: [] };
    try {
      const pins = new Pins(folder);
      this.#pins = pins;
      const failed = this.#sensors.pin(pins);
      for (const { program, why } of failed)
        this.#complain(`${program} ends with the agent: ${why}`);
      void namesKnown.then(() => this.#takeOver(pins));
      return { unpinned: failed.map(({ program, why }) => `${program} is not pinned: ${why}`) };
    } catch (error) {
      const says = `policies end with this process: ${reasonOf(error)}`;
      this.#complain(says);
      return { unpinned: [says] };
    }
  }

  #takeOver(pins: Pins): void {
    if (this.#isStopped) return;
    // Also of whom it learned the name just now: whether it is of a canary, or in quarantine.
    this.policies.tick();
    // Who had started before stays so, without a moment in which more is allowed.
    this.#phases.tick();
    try {
      pins.removeOthers();
    } catch (error) {
      this.#complain(`what an agent before this one left in force stays so: ${reasonOf(error)}`);
    }
  }

  /** Whatever becomes of this process. */
  get staysInForce(): boolean {
    return this.#pins !== undefined;
  }

  status() {
    const kernel = this.#kernelOf();
    const tiers = this.#node.senses.tiers();
    const open = [...uncuttable(tiers), ...unprotected(tiers)];
    return {
      source: this.#source.path,
      problems: this.#source.problems,
      decisionsLost: this.#telling.lost,
      held: this.policies.status().map(({ tables, shortfalls: lowered, ...rest }) => ({
        ...rest,
        shortfalls: [...lowered, ...(tables ? shortfalls(tables, kernel) : []), ...open],
      })),
    };
  }

  /** The span in which a decision falls: its policy's stay in a phase. */
  traceOf({ instance }: BehaviourEvent): Trace | undefined {
    const workload = this.policies.workloadOf(instance);
    return workload && spanNow(lifeOf(workload), workload.loop);
  }

  *metrics(): Generator<PolicyFigures> {
    const { tiers } = this.#kernelOf();
    const tierOf = (facet: string) => new Map<string, string>(Object.entries(tiers)).get(facet);
    for (const { workload, decided, modes, ...counts } of this.policies.counts()) {
      const { loop, policy, name, assessment } = workload;
      const convergence = assessment?.convergence;
      yield {
        ...name,
        policy: policy.name,
        phase: loop.phase,
        sinceSeconds: loop.sinceMs / 1_000,
        stepSeconds: loop.phase === "Canary" ? (Date.now() - loop.stepSinceMs) / 1_000 : undefined,
        progress: convergence?.progress ?? 0,
        converged: convergence?.converged ?? false,
        unseenMass: convergence && learningStatus(convergence).unseenMass,
        behaviours: convergence && learningStatus(convergence).behaviours,
        quietSeconds: convergence && quietSeconds(learningStatus(convergence).quietSinceMs),
        attack: loop.verdict?.reading === "attack" && isNow(loop),
        healingFailed: this.loop.healingFailed(workload),
        instances: modes,
        ...counts,
        decided: decided.flatMap(({ facet, action, times }) => {
          const outcome = outcomeOf(action);
          if (outcome === undefined) return [];
          return [{ facet, ...outcome, tier: tierOf(facet) ?? "observe", times: Number(times) }];
        }),
      };
    }
  }

  loopFigures(): Omit<LoopFigures, "requests"> {
    const nowMs = Date.now();
    const ageMs = this.loop.heartbeatAgeMs(nowMs);
    return {
      transitions: this.loop.transitions(),
      signals: this.loop.signals(),
      signalLag: this.loop.lag,
      signalToKernel: this.loop.toKernel,
      decisionLag: this.#decisionLag,
      heartbeatAgeSeconds: ageMs === undefined ? undefined : ageMs / 1_000,
      isFrozen: this.loop.heartbeat(nowMs) === "missing",
    };
  }

  #countLag(event: BehaviourEvent): void {
    const { decision, wallNs } = event;
    const outcome = decision && outcomeOf(decision.action);
    if (outcome === undefined) return;
    const nowMs = Date.now();
    const trace = this.traceOf(event);
    const seconds = (nowMs - Number(wallNs) / 1e6) / 1_000;
    this.#decisionLag.count(outcome.action, seconds, trace && traced(trace, nowMs));
  }

  /**
   * Before the senses are closed; but they are stopped. The programs that were pinned and are not
   * any more: until they are gone they decide.
   */
  stop(stays: boolean): readonly PinnedProgram[] {
    this.#isStopped = true;
    for (const stop of this.#stops) stop();
    if (stays) return [];
    try {
      return this.#pins?.remove() ?? [];
    } catch (error) {
      this.#complain(`policies stay in force ('pahlevan up --release' lifts): ${reasonOf(error)}`);
      return [];
    }
  }
}
