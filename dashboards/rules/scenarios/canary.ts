/** Situations of a canary. A value each 15 s: twenty are five minutes, the length of a step. */
import { agent, scraped, series, web, webShown, webTarget, type Scenario } from "./scenario.ts";

const everySeconds = 15;
const failures = (mode: string) => series("pahlevan_instance_failures_total", `mode="${mode}"`);
const instances = (mode: string) => series("pahlevan_policy_instances", `mode="${mode}"`);
const denied = series(
  "pahlevan_policy_violations_total",
  'facet="network", action="deny", mode="enforce", tier="lsm"',
);
const wouldDeny = series(
  "pahlevan_policy_violations_total",
  'facet="network", action="allow", mode="monitor", tier="lsm"',
);
const state = (name: string) => series("pahlevan_loop_state_info", `state="${name}"`);
const suspected = series("pahlevan_attack_suspected");

/** One of ten replicas enforces, since the first value; nobody fails. */
const calm = {
  ...scraped,
  [state("Canary")]: "1x400",
  [series("pahlevan_canary_step_seconds")]: "0+15x400",
  [instances("enforce")]: "1x400",
  [instances("monitor")]: "9x400",
  [failures("enforce")]: "0x400",
  [failures("monitor")]: "0x400",
};

/** Ten minutes into the last step; for an hour and a half before all ten were the control. */
const lastStep = {
  ...scraped,
  [state("Canary")]: "1x110",
  [series("pahlevan_canary_step_seconds")]: "0x90 0+60x20",
  [instances("enforce")]: "0x90 10x20",
  [instances("monitor")]: "10x90 _x20",
  [failures("enforce")]: "0x110",
  [failures("monitor")]: "0+2x90 _x20",
};

const healthy = {
  labels: webTarget,
  description:
    `${webShown}: over 5m at this step, the instances that enforce failed no more than those that` +
    " only watch, and were denied nothing that the others would not be.",
};
const degraded = (each: string) => ({
  labels: webTarget,
  description: `${webShown}: ${each} failures per enforcing instance in 2m, more than 2 times what is usual.`,
});

const advance = { alert: "PahlevanCanaryHealthy", everySeconds, atSeconds: 360 };
const rollback = { alert: "PahlevanCanaryDegraded", everySeconds, atSeconds: 360 };

export const canaryScenarios: readonly Scenario[] = [
  {
    ...advance,
    name: "fires when nobody failed for the length of a step",
    series: calm,
    fires: [healthy],
  },
  {
    ...advance,
    name: "is silent while the step is younger than that",
    series: calm,
    atSeconds: 285,
    fires: [],
  },
  {
    ...advance,
    name: "is silent when the next step has begun",
    series: { ...calm, [series("pahlevan_canary_step_seconds")]: "0+15x22 0+15x300" },
    fires: [],
  },
  {
    ...advance,
    name: "is silent when the canary failed and the control did not",
    series: { ...calm, [failures("enforce")]: "0x15 1x300" },
    fires: [],
  },
  {
    ...advance,
    name: "fires when a neighbour makes all of them fail alike",
    series: { ...calm, [failures("enforce")]: "0+1x400", [failures("monitor")]: "0+9x400" },
    fires: [healthy],
  },
  {
    ...advance,
    name: "is silent when the canary was denied what the others do not do",
    series: { ...calm, [denied]: "0x15 1x300" },
    fires: [],
  },
  {
    ...advance,
    name: "is silent when that series began with the first denial",
    series: { ...calm, [denied]: "_x15 1x300" },
    fires: [],
  },
  {
    ...advance,
    name: "fires when the few acts denied are what every replica does",
    series: { ...calm, [denied]: "0x7 1x8 2x300", [wouldDeny]: "0x7 9x8 18x300" },
    fires: [healthy],
  },
  {
    ...advance,
    name: "is silent in a burst, though all of them would be denied as much: the policy is wrong",
    series: { ...calm, [denied]: "0+10x400", [wouldDeny]: "0+90x400" },
    fires: [],
  },
  {
    ...advance,
    name: "is silent when such a burst was at the beginning of the step",
    series: { ...calm, [denied]: "0x7 10x300", [wouldDeny]: "0x7 90x300" },
    fires: [],
  },
  {
    ...advance,
    name: "fires at the last step when they fail no more than in the hour before",
    series: { ...lastStep, [failures("enforce")]: "0x90 0+2x20" },
    everySeconds: 60,
    atSeconds: 6_060,
    fires: [healthy],
  },
  {
    ...advance,
    name: "is silent at the last step when they fail more than in the hour before",
    series: { ...lastStep, [failures("enforce")]: "0x90 0+6x20" },
    everySeconds: 60,
    atSeconds: 6_060,
    fires: [],
  },
  {
    ...advance,
    name: "is silent when nobody says how the canary is",
    series: { ...calm, [instances("enforce")]: "1x10 _x300" },
    atSeconds: 1_200,
    fires: [],
  },
  {
    ...advance,
    name: "is silent when all instances enforce and the state is no canary",
    series: { ...calm, [state("Canary")]: "1x10 stale", [state("Enforcing")]: "_x11 1x300" },
    fires: [],
  },
  {
    ...advance,
    name: "is silent while an attack is suspected",
    series: { ...calm, [suspected]: "1x400" },
    fires: [],
  },
  {
    ...rollback,
    name: "fires when the canary is denied something and restarts again and again",
    series: { ...calm, [failures("enforce")]: "0x20 1 2 3x300", [denied]: "0x20 4 8 12x300" },
    fires: [degraded("3")],
  },
  {
    ...rollback,
    name: "fires when nothing was ever counted of it before",
    series: { ...calm, [failures("enforce")]: "_x20 2 3x300", [denied]: "_x20 8x300" },
    fires: [degraded("3")],
  },
  {
    ...rollback,
    name: "fires for a single replica, which leaves no control",
    series: {
      ...calm,
      [instances("monitor")]: "1x4 stale",
      [failures("enforce")]: "0x20 1 2 3x300",
      [denied]: "0x20 4 8 12x300",
    },
    fires: [degraded("3")],
  },
  {
    ...rollback,
    name: "is silent when the control fails as often",
    series: {
      ...calm,
      [failures("enforce")]: "0x20 1 2 3x300",
      [failures("monitor")]: "0x20 9 18 27x300",
      [denied]: "0x20 4 8 12x300",
    },
    fires: [],
  },
  {
    ...rollback,
    name: "is silent when nothing was denied to it: a rollback would not help",
    series: { ...calm, [failures("enforce")]: "0x20 1 2 3x300", [wouldDeny]: "0+2x300" },
    fires: [],
  },
  {
    ...rollback,
    name: "is silent when one instance failed once",
    series: { ...calm, [failures("enforce")]: "0x20 1x300", [denied]: "0x20 4 8 12x300" },
    fires: [],
  },
  {
    ...rollback,
    name: "is silent when much is denied and nobody fails: noise is no harm",
    series: { ...calm, [denied]: "0+100x400" },
    fires: [],
  },
  {
    ...rollback,
    name: "is silent after its own rollback",
    series: {
      ...calm,
      [failures("enforce")]: "0x20 1 2 3x300",
      [denied]: "0x20 4 8 12x300",
      [state("Canary")]: "1x22 stale",
      [state("RolledBack")]: "_x23 1x300",
    },
    fires: [],
  },
  {
    ...rollback,
    name: "is silent when what goes on failing is back in monitor mode",
    series: {
      ...calm,
      [instances("enforce")]: "2x20 1x300",
      [instances("monitor")]: "8x20 9x300",
      [failures("enforce")]: "0x10 3x300",
      [failures("monitor")]: "0x20 0+1x300",
      [denied]: "0x10 12x300",
      [wouldDeny]: "0x20 0+4x300",
    },
    fires: [],
  },
  many(
    "fires when three of four held workloads fail while being denied",
    4,
    [0, 1, 2],
    [
      {
        labels: { cluster: "east" },
        description:
          "3 workloads of east fail while being denied something, 30 % or more of those that are held:" +
          " the fault is likely Pahlevan's.",
      },
    ],
  ),
  many("is silent when two of four fail", 4, [0, 1], []),
  many("is silent when three of twenty fail", 20, [0, 1, 2], []),
  {
    ...many("is silent once nothing is denied any more", 4, [0, 1, 2], []),
    atSeconds: 600,
  },
];

function many(
  name: string,
  workloads: number,
  failing: readonly number[],
  fires: Scenario["fires"],
): Scenario {
  const all = Array.from({ length: workloads }, (_, number) => {
    const named = [web.replace('workload="web"', `workload="web-${number}"`), agent].join(", ");
    const deny = 'facet="file", action="deny", mode="enforce", tier="lsm"';
    const fails = failing.includes(number);
    return [
      [`pahlevan_policy_instances{mode="enforce", ${named}}`, "3x100"],
      [
        `pahlevan_instance_failures_total{mode="enforce", ${named}}`,
        fails ? "0x10 0+1x14 14x60" : "0x100",
      ],
      [
        `pahlevan_policy_violations_total{${deny}, ${named}}`,
        fails ? "0x10 0+5x14 70x60" : "0x100",
      ],
    ] as const;
  });
  return {
    alert: "PahlevanManyWorkloadsFailing",
    name,
    everySeconds,
    atSeconds: 360,
    series: { ...scraped, ...Object.fromEntries(all.flat()) },
    fires,
  };
}
