/** Of all metrics, those of some policies: what is pushed to who is told of these only. */
import type { Figures, Histograms, Snapshot } from "./snapshot.ts";

type Labels = Readonly<Record<string, string>>;

/** By NAME or NAMESPACE/NAME: what names one, and what names only a workload that one holds. */
export function ofPolicies(snapshot: Snapshot, names: readonly string[]): Snapshot {
  const wanted = new Set(names);
  const isNamed = ({ namespace = "", policy = "" }: Labels) =>
    wanted.has(policy) || wanted.has(`${namespace}/${policy}`);
  const workloadOf = ({ namespace = "", workload }: Labels) =>
    workload === undefined ? undefined : `${namespace}/${workload}`;
  const workloads = new Set(snapshot.metrics.flatMap(labelsIn).filter(isNamed).map(workloadOf));
  const isOf = (labels: Labels) => {
    if ("policy" in labels) return isNamed(labels);
    const workload = workloadOf(labels);
    return workload !== undefined && workloads.has(workload);
  };
  const metrics = snapshot.metrics
    .map((metric) => only(metric, isOf))
    .filter((metric) => labelsIn(metric).length > 0);
  return { ...snapshot, metrics };
}

function only(metric: Figures | Histograms, isOf: (labels: Labels) => boolean) {
  if (metric.type === "histogram")
    return { ...metric, spreads: metric.spreads.filter(({ labels }) => isOf(labels)) };
  return { ...metric, samples: metric.samples.filter(([labels]) => isOf(labels)) };
}

function labelsIn(metric: Figures | Histograms): Labels[] {
  if (metric.type === "histogram") return metric.spreads.map(({ labels }) => labels);
  return metric.samples.map(([labels]) => labels);
}
