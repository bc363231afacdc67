/** The metrics of policies and their loops: what alert rules are made of. */
import type { Figure, Fold, Metric, Sample, Spread } from "./metric.ts";
import type { LoopFigures, MetricsSource, PolicyFigures } from "./source.ts";

const target = ["namespace", "workload", "policy"] as const;

export const loopMetrics: readonly Metric[] = [
  each("pahlevan_learning_progress_ratio", "gauge", {
    help: "How far learning is, 0 to 1: what is furthest away decides.",
    fold: "least",
    value: ({ progress }) => progress,
  }),
  each("pahlevan_learning_converged", "gauge", {
    help: "1 when every gate of learning holds.",
    fold: "least",
    value: ({ converged }) => Number(converged),
  }),
  each("pahlevan_learning_unseen_mass_ratio", "gauge", {
    help: "How likely the next second shows something new, at most, with 95 % confidence: of the facet that is worst.",
    fold: "most",
    value: ({ unseenMass }) => unseenMass,
  }),
  each("pahlevan_learning_quiet_seconds", "gauge", {
    help: "Since when nothing new was seen.",
    fold: "least",
    value: ({ quietSeconds }) => quietSeconds,
  }),
  {
    name: "pahlevan_profile_behaviours",
    type: "gauge",
    help: "Behaviours in the profile that a policy learns from, by facet.",
    labels: [...target, "facet"],
    fold: "sum",
    read: (source) =>
      [...source.policies()].flatMap((of) =>
        Object.entries(of.behaviours ?? {}).map(([facet, count]): Sample => {
          return [{ ...targetOf(of), facet }, count];
        }),
      ),
  },
  {
    name: "pahlevan_loop_state_info",
    type: "gauge",
    help: "Where a policy is with a workload: Pending, Learning, Review, Canary, Enforcing, Healing, RolledBack, Quarantine, Emergency or Suspended; always 1.",
    labels: [...target, "state"],
    fold: "none",
    read: (source) =>
      [...source.policies()].map((of): Sample => [{ ...targetOf(of), state: of.phase }, 1]),
  },
  each("pahlevan_loop_state_since_seconds", "gauge", {
    help: "When it came there, in seconds since 1970.",
    fold: "none",
    value: ({ sinceSeconds }) => sinceSeconds,
  }),
  each("pahlevan_canary_step_seconds", "gauge", {
    help: "How long the canary's step has lasted; only in Canary.",
    fold: "none",
    value: ({ stepSeconds }) => stepSeconds,
  }),
  {
    name: "pahlevan_policy_instances",
    type: "gauge",
    help: "Instances by the mode that they are held in: of a canary, enforce, and its control, monitor.",
    labels: [...target, "mode"],
    fold: "sum",
    read: (source) => byMode(source, ({ instances }) => instances),
  },
  {
    name: "pahlevan_instance_failures_total",
    type: "counter",
    help: "Instances that ended by a failure (their first process's code or signal, or want of memory; a stop is none), or right after something was refused to them, by the mode that they were held in.",
    labels: [...target, "mode"],
    read: (source) => byMode(source, ({ failures }) => failures),
  },
  each("pahlevan_attack_suspected", "gauge", {
    help: "1 while what was denied reads as an attack, and not as a policy that is wrong.",
    fold: "most",
    value: ({ attack }) => Number(attack),
  }),
  each("pahlevan_healing_failed_total", "counter", {
    help: "Times that no remedy has helped.",
    value: ({ healingFailed }) => healingFailed,
  }),
  each("pahlevan_quarantine_dropped_packets_total", "counter", {
    help: "Packets to and from quarantined instances that were dropped, of connections that stood already, too.",
    value: ({ packetsCut }) => packetsCut,
  }),
  {
    name: "pahlevan_loop_transitions_total",
    type: "counter",
    help: "Moves of a policy from one state to another, by the signal that asked for it; look: none, but what was seen.",
    labels: [...target, "from", "to", "signal"],
    read: (source) =>
      [...source.loop().transitions].map(({ times, ...labels }): Sample => [labels, times]),
  },
  {
    name: "pahlevan_loop_signals_total",
    type: "counter",
    help: "Signals by what became of them: accepted, ignored or refused. One that may still move a loop is not counted yet.",
    labels: ["source", "signal", "outcome"],
    read: (source) =>
      [...source.loop().signals].map(({ times, ...labels }): Sample => [labels, times]),
  },
  {
    name: "pahlevan_signal_requests_total",
    type: "counter",
    help: "Requests to the receivers of alerts, by whom they are for and the status that answered them.",
    labels: ["source", "code"],
    read: (source) =>
      [...source.loop().requests].map(({ count, ...labels }): Sample => [labels, count]),
  },
  {
    name: "pahlevan_signal_lag_seconds",
    type: "histogram",
    help: "From when an alert began, or was over, by its sender's clock, to when that was written down here, told for the first time. Where that clock is ahead, 0.",
    labels: ["source"],
    read: (source) => spreadsBy("source", source.loop().signalLag),
  },
  {
    name: "pahlevan_signal_to_kernel_seconds",
    type: "histogram",
    help: "From a signal's arrival to the kernel's tables that hold what it moved a policy to; once for each workload that it moved at once.",
    labels: ["source"],
    read: (source) => spreadsBy("source", source.loop().signalToKernel),
  },
  {
    name: "pahlevan_decision_lag_seconds",
    type: "histogram",
    help: "From an act that a policy does not allow to when the agent knows of it and whose it was; the verdict itself falls within the act.",
    labels: ["action"],
    read: (source) => spreadsBy("action", source.loop().decisionLag),
  },
  {
    name: "pahlevan_heartbeat_age_seconds",
    type: "gauge",
    help: "Since when the monitoring stack was not heard; absent where it never was, and need not be.",
    labels: [],
    read: (source) => {
      const { heartbeatAgeSeconds: age } = source.loop();
      return age === undefined ? [] : [[{}, age]];
    },
  },
  {
    name: "pahlevan_loop_frozen",
    type: "gauge",
    help: "1 while promotions are frozen, because the monitoring stack is not heard.",
    labels: [],
    read: (source) => [[{}, Number(source.loop().isFrozen)]],
  },
];

interface OfPolicy {
  readonly help: string;
  /** Of a gauge. */
  readonly fold?: Fold;
  /** Undefined: there is none now. */
  readonly value: (of: PolicyFigures) => number | undefined;
}

function each(name: string, type: Figure["type"], { value, ...described }: OfPolicy): Metric {
  return {
    ...{ name, type, ...described },
    labels: target,
    read: (source) =>
      [...source.policies()].flatMap((of): Sample[] => {
        const figure = value(of);
        return figure === undefined ? [] : [[targetOf(of), figure]];
      }),
  };
}

function byMode(
  source: MetricsSource,
  counts: (of: PolicyFigures) => PolicyFigures["instances"],
): Sample[] {
  return [...source.policies()].flatMap((of) =>
    Object.entries(counts(of)).map(([mode, count]): Sample => [{ ...targetOf(of), mode }, count]),
  );
}

function spreadsBy(label: string, spreads: LoopFigures["signalLag"]): Spread[] {
  return [...spreads].map(([name, spread]) => [{ [label]: name }, spread]);
}

function targetOf({ namespace, workload, policy }: PolicyFigures) {
  return { namespace, workload, policy };
}
