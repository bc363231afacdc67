/** Of all metrics, those of one policy: what the policy's own exporters are sent. */
import type { Figures, Histograms, Snapshot } from "./snapshot.ts";

type Labels = Readonly<Record<string, string>>;

export interface PolicyName {
  readonly namespace: string;
  readonly policy: string;
}

/** What names the policy, and what names no policy but a workload that it holds. */
export function ofPolicy(snapshot: Snapshot, { namespace, policy }: PolicyName): Snapshot {
  const isIn = (labels: Labels) => labels["namespace"] === namespace;
  const isNamed = (labels: Labels) => isIn(labels) && labels["policy"] === policy;
  const workloads = new Set(
    snapshot.metrics
      .flatMap(labelsIn)
      .filter(isNamed)
      .map((labels) => labels["workload"]),
  );
  const isOf = (labels: Labels) => {
    if ("policy" in labels) return isNamed(labels);
    return isIn(labels) && "workload" in labels && workloads.has(labels["workload"]);
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
