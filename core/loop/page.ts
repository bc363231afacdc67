/** docs/loop.md: the loop for whoever operates it, its table as it runs. */
import type { ConditionName } from "./conditions.ts";
import { remedyWords } from "./heal.ts";
import { usualSettings } from "./settings.ts";
import { table, type Row } from "./table.ts";

const words: Readonly<Record<ConditionName, string>> = {
  seen: "an instance was seen",
  learns: "learning is on",
  doesNotLearn: "learning is off",
  learned: "every gate of learning holds (an operator need not wait)",
  notLearned: "a gate of learning is open",
  byHand: "`autoTransition` is off",
  wouldStart: "the dry run says that it would work",
  wouldNotStart: "the dry run says that it would not",
  deniesItsOwnWork: "what it was seen doing would be denied",
  forgotten: "nothing of it is known",
  enforces: "some facet's mode is `enforce`",
  hasControl: "the first step leaves somebody out, or nobody lives (unless it is one service)",
  named: "every instance that lives has a name (an operator need not wait)",
  byOperator: "an operator asks",
  byItsName: "it is asked for by name, not with all emergencies",
  stepOnly: "not all of it is asked for",
  heartbeat: "the monitoring stack is heard, or need not be (or an operator asks)",
  roomLooser: "not too many others were loosened just now",
  roomTighter: "not too many others were made stricter just now",
  rested: "it has not just moved",
  stepOver: "`canary.stepDuration` is over (an operator need not wait)",
  healthy: "the enforced fail no more than the watched, and were refused nothing",
  moreSteps: "there are more steps",
  lastStep: "it is the last step",
  hasStep: "there is a step to take back",
  noStep: "there is no step to take back",
  heals: "`selfHealing` is on",
  doesNotHeal: "`selfHealing` is off",
  policyWrong: "the verdict: the policy is wrong",
  attack: "the verdict: someone is in",
  suffersSinceChange: "it suffers since the last move, and nothing was refused",
  mayQuarantine: "the source may quarantine",
  fewSuspects: "at most half of the instances are suspected",
  ownNamesFew: "of the shipped alert: likewise",
  admits: "what was at fault is let through on trial",
  moreFaults: "something else is at fault",
  wasAtFault: "something was at fault (or an operator asks)",
  changedLately: "something of the workload changed lately (or an operator asks)",
  cleared: "the symptom is gone for a window",
  windowOver: "`recoveryTimeout` is over",
  hasRemedy: "a remedy is left",
  noRemedy: "no remedy is left",
  causesOver: "what caused it is over (or an operator asks)",
  seldom: `it came back fewer than ${usualSettings.mostReturns} times in a day`,
  twoSources: "an operator, or two sources at once",
};

export function loopPage(): string {
  return [
    "# The loop",
    "",
    "<!-- The tables are generated from core/loop: node tools/check-generated.ts --fix -->",
    "",
    ...opening,
    "",
    "## Every transition",
    "",
    "Of the rows that speak of a state and a signal, the first whose conditions all hold is taken.",
    "`look` is no signal: what this host sees is enough.",
    "",
    ...transitionLines(),
    "",
    "## Who may pull which lever",
    "",
    "Setting `levers`. An emergency takes an operator or two sources at once, whoever may ask for it.",
    "",
    "| source | levers |",
    "|---|---|",
    ...Object.entries(usualSettings.levers).map(
      ([source, kinds]) => `| \`${source}\` | ${kinds.map((kind) => `\`${kind}\``).join(", ")} |`,
    ),
    "",
    "## Is the policy wrong, or is someone in?",
    "",
    ...weighing,
    "",
    "| what | weight (setting `weights`) |",
    "|---|---|",
    ...Object.entries(usualSettings.weights).map(([name, weight]) => `| ${name} | ${weight} |`),
    "",
    "## Remedies",
    "",
    "In this order, from where `selfHealing.strategy` begins. Each has `recoveryTimeout` to help; then",
    "comes the next. After **monitor**, only what is still refused leads to **relearn**; else a person",
    "is asked.",
    "",
    ...Object.entries(remedyWords).map(([name, says]) => `1. **${name}**: ${says}.`),
    "",
  ].join("\n");
}

const opening = [
  "A policy goes its way with each workload by itself: `Pending → Learning → Review → Canary →",
  "Enforcing`, and sideways `Healing`, `RolledBack`, `Quarantine`, `Emergency`, `Suspended`. Alerts",
  "move it ([docs/signals.md](signals.md), [docs/alerts.md](alerts.md)), operators do (`pahlevan loop",
  "promote|rollback|…`), and without any other server this host's own clock and eyes do.",
  "`pahlevan loop status` says where each one is, why, and what it waits for; `pahlevan loop history`",
  "how it came there, and which alert asked for it. In Grafana the same is a dashboard:",
  "[grafana-loop.json](../dashboards/generated/grafana-loop.json), with a Prometheus data source.",
  "",
  "- **Alerts are states.** Told twice, late or in another order they are the same alert; over is over.",
  "  Each is on disk before its sender hears that it was taken, and moves a policy once.",
  "- **Canary**: `canary.steps` of the instances enforce, the same ones each time and spread over nodes.",
  "  The others are watched by the same entries: what they would be refused is told and passes; what a",
  "  policy denies by name stays denied. Metrics tell the two by `mode`. A workload of one instance has",
  "  nothing to be compared with, and enforces at once; so does a service of systemd's, of which there is",
  "  never more than one, also while it does not run. Where no instance of any other lives, a promotion",
  "  leads to the first step, which begins with the first that comes: jobs that never live for a second",
  "  stay watched until an operator promotes them. Who lives and has no name yet, as after the agent's",
  "  start, is waited for before a step, for half a minute at most (two, where new ones keep coming).",
  "- **Quarantine** cuts the instance off from all beyond its loopback, both ways and at once, connections",
  "  that stand already, too ([how](enforcement.md#quarantine)). Loopback stays, so that probes do not",
  "  end it with what it knows; who shares the host's network reaches whatever listens on the host's.",
  "- **Emergency** of every loop is one act: `pahlevan loop emergency --all --reason TEXT`. It is on disk",
  "  once and moves all that are known then; whoever refuses is named. `pahlevan loop resume --all` ends",
  "  every emergency and nothing else: each goes back to where it was. What an operator asks for an",
  "  operator ends, also where an alert had asked for it before.",
  "- **Without a heartbeat** (the label `pahlevan_signal: heartbeat`) nothing is promoted or widened",
  "  once one was heard, or with `heartbeat: required`; the way back stays open, by what this host sees.",
];

const weighing = [
  "A burst (`selfHealing.rollbackThreshold` denials in `rollbackWindow`, a crash loop, or an alert that",
  "asks for a rollback) is weighed: how many instances show it, what changed lately, who suffers, how",
  "sensitive and how odd it is. Watched instances count for how broad it is: what is wrong for all, all",
  "of them show. What one of several instances shows alone never loosens anything, however loud; what",
  "the policy denies by name and what nobody learns silently is never let through; Pahlevan's own",
  "alerts count for no suffering. An attack is held, and who showed it is quarantined; what is unclear",
  "is held, and asked about. `loop status` shows the verdict with its factors.",
  "",
  "An instance **fails** where a container's first process, or one of a service's that systemd waits for,",
  "ends with a code but 0, by a signal of its own (SIGSEGV, SIGABRT, …) or for want of memory. Who is",
  "stopped has not failed: SIGTERM, SIGINT or SIGHUP, a shell's 143, 130 or 129 for them, or a SIGKILL",
  "that is not for want of memory; unless it was refused something in the ten seconds before. The log",
  "says of each why. Containers that share the pid namespace of another are known by refusals alone.",
];

/** Every transition, as a table of Markdown. */
export function transitionLines(): string[] {
  const head = ["| from | signal | when | to | what happens |", "|---|---|---|---|---|"];
  return [...head, ...table.map(rowText)];
}

function rowText({ from, on, when, to, does }: Row): string {
  const conditions = when.map((name) => words[name]).join("; ");
  const states = from.length > 5 ? `any but ${missing(from)}` : from.join(", ");
  return `| ${states} | \`${on}\` | ${conditions} | ${to} | ${does} |`;
}

function missing(from: Row["from"]): string {
  const all = new Set(table.flatMap((row) => [...row.from]));
  return [...all].filter((phase) => !from.includes(phase)).join(", ");
}
