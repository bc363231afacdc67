/** Situations of what is denied: bursts, and what looks like an attack. */
import { agent, scraped, series, webShown, webTarget, type Scenario } from "./scenario.ts";

const everySeconds = 15;
const denied = series(
  "pahlevan_policy_violations_total",
  'facet="exec", action="deny", mode="enforce", tier="lsm"',
);
const killed = series(
  "pahlevan_policy_violations_total",
  'facet="exec", action="kill", mode="enforce", tier="tracepoint"',
);
const wouldDeny = series(
  "pahlevan_policy_violations_total",
  'facet="exec", action="allow", mode="monitor", tier="lsm"',
);
const state = (name: string) => series("pahlevan_loop_state_info", `state="${name}"`);
const suspected = series("pahlevan_attack_suspected");

const burst = { alert: "PahlevanViolationBurst", everySeconds, atSeconds: 600 };
const told = (count: string) => ({
  labels: webTarget,
  description:
    `${webShown}: ${count} acts denied within 1m. The loop weighs whether the policy is wrong or` +
    " somebody is in; the count alone rolls nothing back.",
});
const attack = { alert: "PahlevanSuspectedAttack", everySeconds, atSeconds: 600 };
const attacked = {
  labels: webTarget,
  description: `${webShown}: the loop's verdict on what was denied is attack, not a wrong policy.`,
};

export const violationScenarios: readonly Scenario[] = [
  {
    ...burst,
    name: "fires when much is denied within a minute",
    series: { ...scraped, [state("Enforcing")]: "1x60", [denied]: "0x37 4 8 12x20" },
    fires: [told("12")],
  },
  {
    ...burst,
    name: "fires when it came all at once, before anything was counted",
    series: { ...scraped, [state("Enforcing")]: "1x60", [killed]: "_x38 20x20" },
    fires: [told("20")],
  },
  {
    ...burst,
    name: "fires of many instances together that were denied little each",
    series: {
      ...scraped,
      'up{job="pahlevan", instance="node-2"}': "1x60",
      [denied]: "0x37 3x20",
      [denied.replace("node-1", "node-2")]: "0x37 3x20",
    },
    fires: [told("6")],
  },
  {
    ...burst,
    name: "stays on while an attack is suspected: it is evidence",
    series: { ...scraped, [suspected]: "1x60", [denied]: "0x37 4 8 12x20" },
    fires: [told("12")],
  },
  {
    ...burst,
    name: "is silent when one act a minute is denied",
    series: { ...scraped, [denied]: "0 0 0 1 1 1 1 2 2 2 2 3x60" },
    atSeconds: 120,
    fires: [],
  },
  {
    ...burst,
    name: "is silent after a rollback, when the same acts are only watched",
    series: {
      ...scraped,
      [state("RolledBack")]: "1x60",
      [denied]: "40x60",
      [wouldDeny]: "0+20x60",
    },
    fires: [],
  },
  {
    ...burst,
    name: "is silent in quarantine, which denies much by intent",
    series: { ...scraped, [state("Quarantine")]: "1x60", [denied]: "0+100x60" },
    fires: [],
  },
  {
    ...burst,
    name: "is silent when Prometheus has only begun to look",
    series: { [`up{${agent}}`]: "_x38 1x20", [denied]: "_x38 4000x20" },
    fires: [],
  },
  {
    ...burst,
    name: "is silent a minute after the burst",
    series: { ...scraped, [denied]: "0x20 40x60" },
    fires: [],
  },
  {
    ...attack,
    name: "fires when that is the verdict",
    series: { [suspected]: "0x30 1x30" },
    fires: [attacked],
  },
  {
    ...attack,
    name: "stays on in quarantine, as long as the verdict stands",
    series: { [suspected]: "1x60", [state("Quarantine")]: "1x60" },
    fires: [attacked],
  },
  {
    ...attack,
    name: "is silent when much is denied and the verdict is another",
    series: { ...scraped, [suspected]: "0x60", [denied]: "0+100x60" },
    fires: [],
  },
  {
    ...attack,
    name: "is silent when the verdict has ended",
    series: { [suspected]: "1x30 0x30" },
    fires: [],
  },
];
