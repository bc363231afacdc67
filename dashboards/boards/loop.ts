/**
 * A dashboard for Grafana: where every loop is, and, out of the loop's own table, what moves it.
 */
import { phases, type Phase } from "@pahlevan/core/loop/phase.ts";
import { transitionLines } from "@pahlevan/core/loop/page.ts";
import { MappingType, type Dashboard, type Panel, type ValueMap } from "@grafana/schema";
import { dataSources, query, shown, variable } from "./panel.ts";

const colours: Readonly<Record<Phase, string>> = {
  Pending: "text",
  Learning: "blue",
  Review: "purple",
  Canary: "light-green",
  Enforcing: "green",
  Healing: "yellow",
  RolledBack: "orange",
  Quarantine: "red",
  Emergency: "dark-red",
  Suspended: "dark-yellow",
};
const ofLoops = 'namespace=~"$namespace",policy=~"$policy"';

/** The state of each loop as its place among all states: a timeline takes numbers. */
export function stateExpression(labels = ofLoops): string {
  const each = phases.map((phase, place) => {
    const own = [`state="${phase}"`, labels].filter(Boolean).join(",");
    return `pahlevan_loop_state_info{${own}} * ${place}`;
  });
  return `max by (namespace, policy, workload) (${each.join(" or ")})`;
}

export function loopBoard(): string {
  return `${JSON.stringify(board(), undefined, 2)}\n`;
}

function board(): Dashboard {
  return {
    uid: "pahlevan-loop",
    title: "Pahlevan: the loop",
    tags: ["pahlevan"],
    schemaVersion: 39,
    refresh: "30s",
    time: { from: "now-6h", to: "now" },
    templating: {
      list: [
        dataSources,
        variable("namespace", "label_values(pahlevan_loop_state_info, namespace)"),
        variable(
          "policy",
          'label_values(pahlevan_loop_state_info{namespace=~"$namespace"}, policy)',
        ),
      ],
    },
    panels: panels().map((panel, at) => ({ id: at + 1, ...panel })),
  };
}

function panels(): Panel[] {
  return [
    {
      ...shown("state-timeline", "Where each policy is with each workload", {
        w: 24,
        h: 9,
        x: 0,
        y: 0,
      }),
      description: "What moves it: below. Why it moved: `pahlevan loop history`.",
      targets: [query(stateExpression(), "{{policy}} · {{workload}}")],
      fieldConfig: {
        defaults: { mappings: [names()], custom: { fillOpacity: 80 } },
        overrides: [],
      },
      options: {
        ...{ mergeValues: true, showValue: "auto", alignValue: "left", rowHeight: 0.8 },
        legend: { showLegend: false, displayMode: "list", placement: "bottom", calcs: [] },
        tooltip: { mode: "single", sort: "none" },
      },
    },
    {
      ...shown("timeseries", "Instances by the mode that they are held in", {
        w: 10,
        h: 8,
        x: 0,
        y: 9,
      }),
      description: "Of a canary, those in `enforce` are tried, and those in `monitor` its control.",
      targets: [
        query(
          `sum by (policy, workload, mode) (pahlevan_policy_instances{${ofLoops}})`,
          "{{policy}} · {{workload}}: {{mode}}",
        ),
      ],
    },
    {
      ...shown("timeseries", "Moves", { w: 10, h: 8, x: 10, y: 9 }),
      description: "`look` is no signal: what the host saw was enough.",
      targets: [
        query(
          `sum by (policy, from, to, signal) (increase(pahlevan_loop_transitions_total{${ofLoops}}[$__rate_interval]))`,
          "{{policy}}: {{from}} → {{to}} by {{signal}}",
        ),
      ],
      fieldConfig: {
        defaults: { custom: { drawStyle: "bars", fillOpacity: 60 }, min: 0, decimals: 0 },
        overrides: [],
      },
    },
    {
      ...shown("stat", "Promotions", { w: 4, h: 8, x: 20, y: 9 }),
      description: "Frozen while the monitoring stack is not heard.",
      targets: [query("max(pahlevan_loop_frozen)", "")],
      fieldConfig: { defaults: { mappings: [frozen] }, overrides: [] },
      options: { colorMode: "background", graphMode: "none" },
    },
    {
      ...shown("text", "What moves it", { w: 24, h: 16, x: 0, y: 17 }),
      options: { mode: "markdown", content: transitionLines().join("\n") },
    },
  ];
}

function names(): ValueMap {
  const options = phases.map(
    (text, index) => [index, { text, index, color: colours[text] }] as const,
  );
  return { type: MappingType.ValueToText, options: Object.fromEntries(options) };
}

const frozen: ValueMap = {
  type: MappingType.ValueToText,
  options: {
    0: { text: "open", color: "green", index: 0 },
    1: { text: "frozen", color: "orange", index: 1 },
  },
};
