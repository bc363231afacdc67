/** Situations of the loop: promotion, healing, and the heartbeat. */
import { agent, scraped, series, webShown, webTarget, type Scenario } from "./scenario.ts";

const state = (name: string) => series("pahlevan_loop_state_info", `state="${name}"`);
const suspected = series("pahlevan_attack_suspected");
const converged = series("pahlevan_learning_converged");
const moved = (from: string, to: string, signal: string) =>
  series("pahlevan_loop_transitions_total", `from="${from}", to="${to}", signal="${signal}"`);
const healed = moved("Enforcing", "Healing", "rollback");
const relearned = moved("Healing", "Learning", "relearn");
const healingFailed = series("pahlevan_healing_failed_total");

const promote = { alert: "PahlevanLearningConverged", everySeconds: 15, atSeconds: 600 };
const complete = {
  labels: webTarget,
  description: `${webShown}: every gate of learning has held for 1m.`,
};
/** A value each five minutes; after eight hours. */
const relearn = { alert: "PahlevanHealingRepeated", everySeconds: 300, atSeconds: 28_800 };
const often = {
  labels: webTarget,
  description: `${webShown}: healed 3 times within 6h; it is learned anew.`,
};
const failed = { alert: "PahlevanHealingFailed", everySeconds: 60, atSeconds: 3_600 };
const uncured = {
  labels: webTarget,
  description: `${webShown}: no strategy that was tried cleared the symptom within its window.`,
};
const missing = { alert: "PahlevanHeartbeatMissing", everySeconds: 15, atSeconds: 600 };
const heartbeat = { alert: "PahlevanHeartbeat", everySeconds: 15, atSeconds: 600 };
const beats = (labels: Readonly<Record<string, string>>, processes: number) => ({
  labels,
  description:
    `Prometheus sees ${processes} of Pahlevan's processes. This alert is to fire always; Pahlevan` +
    " takes its absence for a broken way and freezes promotions.",
});

export const loopScenarios: readonly Scenario[] = [
  {
    ...promote,
    name: "fires when every gate has held for a minute",
    series: { [converged]: "0x30 1x30", [state("Learning")]: "1x60" },
    fires: [complete],
  },
  {
    ...promote,
    name: "fires for a policy that waits for it in Review",
    series: { [converged]: "1x60", [state("Review")]: "1x60" },
    fires: [complete],
  },
  {
    ...promote,
    name: "is silent while a gate is open",
    series: { [converged]: "0x60", [state("Learning")]: "1x60" },
    fires: [],
  },
  {
    ...promote,
    name: "is silent when something new was seen within that minute",
    series: { [converged]: "1x37 0 1x30", [state("Learning")]: "1x60" },
    fires: [],
  },
  {
    ...promote,
    name: "is silent while one of two nodes has not seen enough",
    series: {
      [converged]: "1x60",
      [converged.replace("node-1", "node-2")]: "0x60",
      [state("Learning")]: "1x60",
    },
    fires: [],
  },
  {
    ...promote,
    name: "is silent once promoted",
    series: {
      [converged]: "1x60",
      [state("Learning")]: "1x20 stale",
      [state("Canary")]: "_x21 1x60",
    },
    fires: [],
  },
  {
    ...promote,
    name: "is silent after a rollback: what was learned is complete, and was wrong",
    series: { [converged]: "1x60", [state("RolledBack")]: "1x60" },
    fires: [],
  },
  {
    ...relearn,
    name: "fires when a policy was healed three times",
    series: { [`up{${agent}}`]: "1x100", [healed]: "0x30 1x15 2x30 3x20" },
    fires: [often],
  },
  {
    ...relearn,
    name: "fires of different ways into healing together",
    series: {
      [`up{${agent}}`]: "1x100",
      [healed]: "_x60 1x40",
      [moved("Canary", "Healing", "rollback")]: "_x70 2x30",
    },
    fires: [often],
  },
  {
    ...relearn,
    name: "is silent when it was healed twice",
    series: { [`up{${agent}}`]: "1x100", [healed]: "0x30 1x15 2x60" },
    fires: [],
  },
  {
    ...relearn,
    name: "is silent once it is learned anew",
    series: {
      [`up{${agent}}`]: "1x100",
      [healed]: "0x30 1x15 2x30 3x20",
      [relearned]: "_x80 1x20",
    },
    fires: [],
  },
  {
    ...relearn,
    name: "is silent while an attack is suspected: it would be learned",
    series: { [`up{${agent}}`]: "1x100", [healed]: "0x30 1x15 2x30 3x20", [suspected]: "1x100" },
    fires: [],
  },
  {
    ...failed,
    name: "fires when nothing that was tried helped, the first time too",
    series: { ...scraped, [healingFailed]: "_x55 1x10" },
    fires: [uncured],
  },
  {
    ...failed,
    name: "fires when it happens again",
    series: { ...scraped, [healingFailed]: "3x50 4x20" },
    fires: [uncured],
  },
  {
    ...failed,
    name: "is silent when that was an hour ago",
    series: { ...scraped, [healingFailed]: "0 1x70" },
    fires: [],
  },
  {
    ...failed,
    name: "is silent when a new Prometheus sees what was long ago",
    series: { [`up{${agent}}`]: "_x55 1x20", [healingFailed]: "_x55 3x20" },
    fires: [],
  },
  {
    ...missing,
    name: "fires while the loop hears nothing",
    series: { [`pahlevan_loop_frozen{cluster="east", ${agent}}`]: "0x30 1x30" },
    fires: [
      {
        labels: { cluster: "east", instance: "node-1" },
        description:
          "node-1 hears no heartbeat from Alertmanager: no promotions; the local guard rolls back.",
      },
    ],
  },
  {
    ...missing,
    name: "is silent when it hears again",
    series: { [`pahlevan_loop_frozen{cluster="east", ${agent}}`]: "1x30 0x30" },
    fires: [],
  },
  {
    ...missing,
    name: "is silent at a single beat that was late",
    series: { [`pahlevan_loop_frozen{cluster="east", ${agent}}`]: "0x39 1 0x30" },
    fires: [],
  },
  {
    ...heartbeat,
    name: "fires always, once for each cluster",
    series: {
      'up{job="pahlevan", instance="node-1", cluster="east"}': "1x60",
      'up{job="pahlevan", instance="node-2", cluster="east"}': "1x60",
      'up{job="monitoring/pahlevan-agent", instance="node-3", cluster="west"}': "1x60",
    },
    fires: [beats({ cluster: "east" }, 2), beats({ cluster: "west" }, 1)],
  },
  {
    ...heartbeat,
    name: "is silent when Prometheus reaches no Pahlevan, whatever else it reaches",
    series: { [`up{${agent}}`]: "1x10 0x60", 'up{job="node", instance="node-1"}': "1x60" },
    fires: [],
  },
];
