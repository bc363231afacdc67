/** Every metric of the agent: one table, from which /metrics and docs/metrics.md come. */
import { loopMetrics } from "./loop-metrics.ts";
import type { Metric, Sample } from "./metric.ts";
import { sinkMetrics } from "./sink-metrics.ts";
import type { MetricsSource } from "./source.ts";

/** Labels are of bounded cardinality: never a pod, pid, path or address. */
export const metrics: readonly Metric[] = [
  {
    name: "pahlevan_build_info",
    type: "gauge",
    help: "Which Pahlevan this is, and what it runs on; always 1.",
    labels: ["version", "node", "kernel"],
    read: (source) => [[source.build(), 1]],
  },
  {
    name: "pahlevan_records_generated_total",
    type: "counter",
    help: "Facts that hooks saw. Equals delivered + aggregated + dropped.",
    labels: ["kind"],
    read: (source) => perKind(source, "generated"),
  },
  {
    name: "pahlevan_records_delivered_total",
    type: "counter",
    help: "Facts that the kernel put into the ring.",
    labels: ["kind"],
    read: (source) => perKind(source, "delivered"),
  },
  {
    name: "pahlevan_records_aggregated_total",
    type: "counter",
    help: "Facts that were known already and only counted.",
    labels: ["kind"],
    read: (source) => perKind(source, "aggregated"),
  },
  {
    name: "pahlevan_records_dropped_total",
    type: "counter",
    help: "Facts that were lost, and why.",
    labels: ["kind", "reason"],
    read: (source) =>
      [...source.counts()].flatMap(({ kind, dropped }) =>
        Object.entries(dropped).map(([reason, count]): Sample => [{ kind, reason }, count]),
      ),
  },
  {
    name: "pahlevan_records_received_total",
    type: "counter",
    help: "Records that the agent read out of the ring.",
    labels: ["kind"],
    read: (source) => perKind(source, "received"),
  },
  {
    name: "pahlevan_records_malformed_total",
    type: "counter",
    help: "Records that could not be decoded: a mistake in Pahlevan if it is not 0.",
    labels: [],
    read: (source) => [[{}, source.malformed()]],
  },
  {
    name: "pahlevan_kernel_failures_total",
    type: "counter",
    help: "Kernel helpers that failed, by place and errno.",
    labels: ["place", "errno"],
    read: (source) =>
      [...source.failures()].map(({ place, error, count }): Sample => {
        return [{ place, errno: error }, count];
      }),
  },
  {
    name: "pahlevan_kernel_map_entries",
    type: "gauge",
    help: "Entries that a kernel map holds.",
    labels: ["map"],
    read: (source) => [...source.maps()].map(({ map, used }): Sample => [{ map }, used]),
  },
  {
    name: "pahlevan_kernel_map_capacity",
    type: "gauge",
    help: "Entries that a kernel map can hold.",
    labels: ["map"],
    read: (source) => [...source.maps()].map(({ map, capacity }): Sample => [{ map }, capacity]),
  },
  {
    name: "pahlevan_kernel_program_runs_total",
    type: "counter",
    help: "Runs of a kernel program, while the kernel's run statistics are on (kernel.bpf_stats_enabled).",
    labels: ["program"],
    read: (source) =>
      [...source.programs()].map(({ program, runs }): Sample => [{ program }, runs]),
  },
  {
    name: "pahlevan_kernel_program_seconds_total",
    type: "counter",
    help: "Time spent in a kernel program, while the kernel's run statistics are on.",
    labels: ["program"],
    read: (source) =>
      [...source.programs()].map(({ program, seconds }): Sample => [{ program }, seconds]),
  },
  {
    name: "pahlevan_kernel_program_missed_total",
    type: "counter",
    help: "Runs that the kernel left out because the program ran already (recursion).",
    labels: ["program"],
    read: (source) =>
      [...source.programs()].map(({ program, missed }): Sample => [{ program }, missed]),
  },
  {
    name: "pahlevan_ring_size_bytes",
    type: "gauge",
    help: "Size of the ring between kernel and agent.",
    labels: [],
    read: (source) => [[{}, source.ring().sizeBytes]],
  },
  {
    name: "pahlevan_ring_pending_bytes",
    type: "gauge",
    help: "Bytes in the ring that the agent has not read yet.",
    labels: [],
    read: (source) => [[{}, source.ring().pendingBytes]],
  },
  {
    name: "pahlevan_sense_tier_info",
    type: "gauge",
    help: "By which hook each kind of fact is sensed on this kernel; always 1. Tier none: not at all.",
    labels: ["fact", "tier", "hook"],
    read: (source) =>
      [...source.tiers()].map(({ fact, tier, hook }): Sample => {
        return [{ fact, tier, hook }, 1];
      }),
  },
  {
    name: "pahlevan_syscalls_watched",
    type: "gauge",
    help: "Whether a program runs at the entry of each system call: 1 while somebody has to learn, judge or hear them, then 0.",
    labels: [],
    read: (source) => [[{}, Number(source.watchesCalls())]],
  },
  {
    name: "pahlevan_syscalls_guarded",
    type: "gauge",
    help: "Whether what policies deny of system calls is stopped at the functions of those, which costs no other call: 1 where the kernel has such places and nobody has to watch all, else 0.",
    labels: [],
    read: (source) => [[{}, Number(source.guardsCalls())]],
  },
  {
    name: "pahlevan_instances",
    type: "gauge",
    help: "Instances (containers, services, commands) that are told apart now.",
    labels: ["kind"],
    read: (source) => summed(source, ({ sort }) => [[{ kind: sort }, 1]]),
  },
  {
    name: "pahlevan_instances_lossy",
    type: "gauge",
    help: "Instances that live now and lost at least one record.",
    labels: [],
    read: (source) => [[{}, [...source.instances()].filter(({ lossy }) => lossy).length]],
  },
  {
    name: "pahlevan_workload_facts",
    type: "gauge",
    help: "Different facts seen of a workload's living instances, of their start and of their work apart. Gone with the workload.",
    labels: ["namespace", "workload", "facet"],
    fold: "sum",
    read: (source) =>
      summed(source, ({ namespace, workload, facts }) =>
        Object.entries(facts)
          .filter(([, count]) => count > 0)
          .map(([facet, count]): Sample => [{ namespace, workload, facet }, count]),
      ),
  },
  {
    name: "pahlevan_policy_violations_total",
    type: "counter",
    help: "Acts that a policy does not allow, counted in the kernel, with what was done about them: allow where it only watches.",
    labels: ["namespace", "workload", "policy", "facet", "action", "mode", "tier"],
    read: (source) => decisions(source, () => true),
  },
  {
    name: "pahlevan_enforcement_actions_total",
    type: "counter",
    help: "Of the violations, those that were refused (deny) or answered by a signal (kill).",
    labels: ["namespace", "workload", "policy", "facet", "action", "mode", "tier"],
    read: (source) => decisions(source, (action) => action === "deny" || action === "kill"),
  },
  {
    name: "pahlevan_decisions_untold_total",
    type: "counter",
    help: "Decisions that were counted in the kernel, and not told of one by one.",
    labels: ["namespace", "workload", "policy"],
    read: (source) =>
      [...source.policies()].map(({ namespace, workload, policy, untold }): Sample => {
        return [{ namespace, workload, policy }, untold];
      }),
  },
  ...loopMetrics,
  ...sinkMetrics,
  {
    name: "pahlevan_events_per_second",
    type: "gauge",
    help: "Facts a second that hooks saw, over the last second.",
    labels: [],
    read: (source) => [[{}, source.eventsPerSecond()]],
  },
  {
    name: "pahlevan_attribution_waiting",
    type: "gauge",
    help: "Events that wait for their container's name.",
    labels: [],
    read: (source) => [[{}, source.attribution().waiting]],
  },
  {
    name: "pahlevan_attribution_overflowed_total",
    type: "counter",
    help: "Events that went on without their container's name, because too many waited.",
    labels: [],
    read: (source) => [[{}, source.attribution().overflowed]],
  },
  {
    name: "pahlevan_observers",
    type: "gauge",
    help: "Clients of `pahlevan observe` that are connected.",
    labels: [],
    read: (source) => [[{}, source.observers().connected]],
  },
  {
    name: "pahlevan_observe_skipped_total",
    type: "counter",
    help: "Events that slow observers did not get.",
    labels: [],
    read: (source) => [[{}, source.observers().skipped]],
  },
  {
    name: "process_cpu_seconds_total",
    type: "counter",
    help: "CPU time of the agent, user and system.",
    labels: [],
    read: (source) => [[{}, source.process().cpuSeconds]],
  },
  {
    name: "process_resident_memory_bytes",
    type: "gauge",
    help: "Resident memory of the agent.",
    labels: [],
    read: (source) => [[{}, source.process().residentBytes]],
  },
  {
    name: "process_start_time_seconds",
    type: "gauge",
    help: "When the agent started, in seconds since 1970.",
    labels: [],
    read: (source) => [[{}, source.process().startSeconds]],
  },
];

function perKind(
  source: MetricsSource,
  field: "generated" | "delivered" | "aggregated" | "received",
): Sample[] {
  return [...source.counts()].map((counts) => [{ kind: counts.kind }, counts[field]]);
}

function decisions(source: MetricsSource, isCounted: (action: string) => boolean): Sample[] {
  return [...source.policies()].flatMap(({ namespace, workload, policy, decided }) =>
    decided
      .filter(({ action }) => isCounted(action))
      .map(({ facet, action, mode, tier, times, newest }): Sample => {
        return [{ namespace, workload, policy, facet, action, mode, tier }, times, newest];
      }),
  );
}

type Instance = MetricsSource extends { instances(): Iterable<infer I> } ? I : never;

/** One sample for each set of labels, the sum of what the instances say. */
function summed(source: MetricsSource, samplesOf: (instance: Instance) => readonly Sample[]) {
  const sums = new Map<string, Sample>();
  for (const instance of source.instances()) {
    for (const [labels, value] of samplesOf(instance)) {
      const key = JSON.stringify(Object.values(labels));
      sums.set(key, [labels, (sums.get(key)?.[1] ?? 0) + value]);
    }
  }
  return sums.values();
}
