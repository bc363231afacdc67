/** Situations of a node: its process, its senses, its exporters, and the risk of what it runs. */
import { agent, scraped, type Scenario } from "./scenario.ts";

const down = { alert: "PahlevanAgentDown", everySeconds: 15, atSeconds: 600 };
const outOfReach = (which: string) =>
  `${which} has been out of reach for two minutes. Policies stay in force; nothing is learned, healed` +
  " or rolled back there.";
const lost = { alert: "PahlevanEventsDropped", everySeconds: 15, atSeconds: 600 };
const dropped = `pahlevan_records_dropped_total{kind="open", reason="ring_full", ${agent}}`;
const lostSome = (count: string) => ({
  labels: { instance: "node-1", kind: "open", reason: "ring_full" },
  description:
    `node-1 lost ${count} facts of kind open in 5m (ring_full). Verdicts do not depend on them;` +
    " learning does, and waits.",
});
/** A value each twenty minutes; after 26 hours. */
const tier = { alert: "PahlevanTierDegraded", everySeconds: 1_200, atSeconds: 93_600 };
const sensed = (at: string) =>
  `pahlevan_sense_tier_info{fact="open", tier="${at}", hook="${at}/open", ${agent}}`;
const build = { [`pahlevan_build_info{version="0.1.0", ${agent}}`]: "1x300" };
const fewer = {
  labels: { instance: "node-1", fact: "open" },
  description:
    "node-1 had a hook for open that can refuse within the last day, and has none now: what policies" +
    " deny there may only be told of.",
};
const failing = { alert: "PahlevanExporterFailing", everySeconds: 15, atSeconds: 900 };
const to = `exporter="central", type="loki"`;
const attempts = (outcome: string) =>
  `pahlevan_exporter_attempts_total{${to}, outcome="${outcome}", ${agent}}`;
const droppedThere = `pahlevan_exporter_records_dropped_total{${to}, lane="behaviour", reason="full", ${agent}}`;
const atRest = `pahlevan_exporter_resting{${to}, ${agent}}`;
const cannotDeliver = {
  labels: { instance: "node-1", exporter: "central", type: "loki" },
  description:
    "node-1: exporter central (loki) cannot deliver: no attempt has worked for minutes, or records" +
    " were dropped.",
};
const risk = { alert: "PahlevanRiskHigh", everySeconds: 15, atSeconds: 900 };
const score = `pahlevan_attack_surface_risk_score{namespace="shop", workload="web", ${agent}}`;

export const nodeScenarios: readonly Scenario[] = [
  {
    ...down,
    name: "fires when a process does not answer",
    series: { [`up{${agent}}`]: "1x20 0x40" },
    fires: [{ labels: { job: "pahlevan", instance: "node-1" }, description: outOfReach("node-1") }],
  },
  {
    ...down,
    name: "fires when there is none to ask",
    series: { 'up{job="node", instance="node-1"}': "1x60" },
    fires: [{ labels: {}, description: outOfReach("No Pahlevan at all") }],
  },
  {
    ...down,
    name: "is silent while it restarts",
    series: { [`up{${agent}}`]: "1x36 0x3 1x30" },
    fires: [],
  },
  {
    ...down,
    name: "is silent when something else is down",
    series: { [`up{${agent}}`]: "1x60", 'up{job="node", instance="node-1"}': "0x60" },
    fires: [],
  },
  {
    ...lost,
    name: "fires when records are lost",
    series: { ...scraped, [dropped]: "0x30 0+10x30" },
    fires: [lostSome("90")],
  },
  {
    ...lost,
    name: "fires of a reason that was never there before",
    series: { ...scraped, [dropped]: "_x30 7x30" },
    fires: [lostSome("7")],
  },
  {
    ...lost,
    name: "is silent when that is over",
    series: { ...scraped, [dropped]: "0 900x60" },
    fires: [],
  },
  {
    ...lost,
    name: "is silent when nothing is lost",
    series: {
      ...scraped,
      [dropped]: "0x60",
      [`pahlevan_records_delivered_total{kind="open", ${agent}}`]: "0+1000x60",
    },
    fires: [],
  },
  {
    ...tier,
    name: "fires when a node came back with less",
    series: { ...build, [sensed("lsm")]: "1x70 stale", [sensed("tracepoint")]: "_x71 1x20" },
    fires: [fewer],
  },
  {
    ...tier,
    name: "is silent where it has been so for days",
    series: { ...build, [sensed("tracepoint")]: "1x300" },
    fires: [],
  },
  {
    ...tier,
    name: "is silent when a cgroup hook serves instead: it refuses, too",
    series: { ...build, [sensed("lsm")]: "1x70 stale", [sensed("cgroup")]: "_x71 1x20" },
    fires: [],
  },
  {
    ...tier,
    name: "is silent when the node is gone",
    series: {
      [`pahlevan_build_info{version="0.1.0", ${agent}}`]: "1x70 stale",
      [sensed("lsm")]: "1x70 stale",
    },
    fires: [],
  },
  {
    ...failing,
    name: "fires when it has failed for minutes",
    series: { ...scraped, [attempts("failed")]: "0x10 0+1x60", [attempts("done")]: "7x70" },
    fires: [cannotDeliver],
  },
  {
    ...failing,
    name: "fires when it is asked no more, because it fails",
    series: { ...scraped, [attempts("failed")]: "5x70", [atRest]: "0x10 1x60" },
    fires: [cannotDeliver],
  },
  {
    ...failing,
    name: "fires when it goes on, and drops",
    series: { ...scraped, [attempts("done")]: "0+4x70", [droppedThere]: "0x10 0+9x60" },
    fires: [cannotDeliver],
  },
  {
    ...failing,
    name: "is silent while some attempts fail, and others work",
    series: { ...scraped, [attempts("failed")]: "0+1x70", [attempts("done")]: "0+4x70" },
    fires: [],
  },
  {
    ...failing,
    name: "is silent at a single failure",
    series: { ...scraped, [attempts("failed")]: "0x50 1x30", [attempts("done")]: "7x80" },
    fires: [],
  },
  {
    ...failing,
    name: "is silent when it recovered",
    series: {
      ...scraped,
      [attempts("failed")]: "0+1x20 20x60",
      [attempts("done")]: "0x20 0+1x60",
      [atRest]: "1x20 0x60",
    },
    fires: [],
  },
  {
    ...risk,
    name: "fires when a score stays high",
    series: { [score]: "91x60" },
    fires: [
      {
        labels: { namespace: "shop", workload: "web" },
        description: "shop/web has a risk score of 91 of 100.",
      },
    ],
  },
  { ...risk, name: "is silent at 80", series: { [score]: "80x60" }, fires: [] },
  {
    ...risk,
    name: "is silent when it was high for a moment",
    series: { [score]: "12x50 91x30" },
    fires: [],
  },
];
