import { expect, it } from "vitest";
import { ofPolicies } from "./of-policies.ts";
import type { Snapshot } from "./snapshot.ts";

const web = { namespace: "shop", workload: "web", policy: "web-policy" };
const all: Snapshot = {
  atMs: 2,
  sinceMs: 1,
  metrics: [
    {
      name: "pahlevan_policy_violations_total",
      help: "",
      type: "counter",
      samples: [
        [{ ...web, facet: "exec" }, 5],
        [{ ...web, policy: "other", facet: "exec" }, 7],
        [{ ...web, namespace: "bank", facet: "exec" }, 9],
      ],
    },
    {
      name: "pahlevan_workload_facts",
      help: "",
      type: "gauge",
      samples: [
        [{ namespace: "shop", workload: "web", facet: "exec" }, 1],
        [{ namespace: "shop", workload: "db", facet: "exec" }, 2],
        [{ namespace: "bank", workload: "web", facet: "exec" }, 3],
      ],
    },
    { name: "pahlevan_observers", help: "", type: "gauge", samples: [[{}, 1]] },
    {
      name: "pahlevan_signal_lag_seconds",
      help: "",
      type: "histogram",
      spreads: [{ labels: { source: "grafana" }, bounds: [1], cumulative: [1, 1], sum: 1 }],
    },
  ],
};

it("keeps what names the policy, and what its workloads are, and nothing of the host", () => {
  const kept = ofPolicies(all, ["shop/web-policy"]);
  expect(kept).toMatchObject({ atMs: 2, sinceMs: 1 });
  expect(
    kept.metrics.map((metric) => [metric.name, "samples" in metric && metric.samples]),
  ).toEqual([
    ["pahlevan_policy_violations_total", [[{ ...web, facet: "exec" }, 5]]],
    ["pahlevan_workload_facts", [[{ namespace: "shop", workload: "web", facet: "exec" }, 1]]],
  ]);
});

it("is empty for a policy that holds nobody", () => {
  expect(ofPolicies(all, ["shop/none"]).metrics).toEqual([]);
});

it("takes a name without a namespace as one of each, and several names", () => {
  const kept = ofPolicies(all, ["web-policy", "shop/other"]);
  const [violations] = kept.metrics;
  expect(violations && "samples" in violations && violations.samples.map(([, n]) => n)).toEqual([
    5, 7, 9,
  ]);
});
