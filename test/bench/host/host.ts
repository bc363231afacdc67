/**
 * What watching costs in time on this host: Pahlevan, empty programs in its place, today's tools.
 */
import type { Row } from "../row.ts";
import { spreadOf } from "../spread.ts";
import { measure, states, type Outcome, type Round, type State } from "./states.ts";

const ROUNDS = 15;
const LEARNING_NS = 60;
/** Zero, as far as a clock can tell. */
const CONVERGED_NS = 5;
const OVER_EMPTY_PERCENT = 5;
/** Of what other tools add: a twentieth. */
const OF_OTHERS_PERCENT = 5;
/** What has a budget, and which of libbpf-tools watches the same. */
const watchers: Readonly<Record<string, string>> = {
  "open+close": "opensnoop",
  "vfork+execve+wait": "execsnoop",
  "tcp connect+accept+close": "tcpconnect",
};

export interface Options {
  readonly rounds?: number;
  readonly say?: (line: string) => void;
}

export async function run({ rounds = ROUNDS, say }: Options = {}): Promise<Row[]> {
  const outcome = await measure(rounds, say);
  return [
    ...perSyscall(outcome.rounds),
    ...operationsOf(outcome.rounds).map((operation) => overEmpty(outcome.rounds, operation)),
    ...besideOthers(outcome),
    ...absolute(outcome),
  ];
}

function operationsOf(rounds: readonly Round[]): string[] {
  return [...(rounds[0]?.get("bare")?.keys() ?? [])];
}

function ns(round: Round, state: State, operation: string): number {
  return round.get(state)?.get(operation) ?? NaN;
}

/** Compared within a round, so that what the machine was like then is the same for both. */
function compare(
  rounds: readonly Round[],
  value: (of: (state: State) => number) => number,
  operation: string,
): { value: number; spread: string } {
  const { median, low, high } = spreadOf(
    rounds.map((round) => value((state) => ns(round, state, operation))),
  );
  return { value: median, spread: `half within ${low.toFixed(1)} … ${high.toFixed(1)}` };
}

function perSyscall(rounds: readonly Round[]): Row[] {
  const learning = compare(rounds, (of) => of("learning") - of("emptyLearning"), "getppid");
  const converged = compare(rounds, (of) => of("sensed") - of("empty"), "getppid");
  return [
    {
      ...{ name: "a system call while learning: our own", value: learning.value, unit: "ns" },
      ...{ budget: `≤ ${LEARNING_NS}`, ok: learning.value <= LEARNING_NS },
      detail: learning.spread,
    },
    {
      ...{ name: "a system call, converged: our own", value: converged.value, unit: "ns" },
      ...{ budget: `0 (± ${CONVERGED_NS})`, ok: converged.value <= CONVERGED_NS },
      detail: converged.spread,
    },
  ];
}

function overEmpty(rounds: readonly Round[], operation: string): Row {
  const { value, spread } = compare(
    rounds,
    (of) => (of("sensed") / of("empty") - 1) * 100,
    operation,
  );
  const bound = Object.hasOwn(watchers, operation);
  return {
    ...{ name: `${operation}: over empty programs`, value, unit: "%" },
    budget: bound ? `≤ ${OVER_EMPTY_PERCENT}` : "-",
    ok: !bound || value <= OVER_EMPTY_PERCENT,
    detail: spread,
  };
}

/** Beside whoever watches the same: a tool that does not see connect adds nothing to it. */
function besideOthers({ rounds, tools }: Outcome): Row[] {
  const audited = rounds[0]?.has("audit") === true;
  return Object.entries(watchers).flatMap(([operation, tool]) => [
    ...(tools.includes(tool) ? [besideOther(rounds, operation, "snoop", tool)] : []),
    ...(audited ? [besideOther(rounds, operation, "audit", "auditd")] : []),
  ]);
}

function besideOther(
  rounds: readonly Round[],
  operation: string,
  state: "snoop" | "audit",
  name: string,
): Row {
  // Medians first: where theirs is small, the ratio of single rounds would be noise.
  const added = (other: State) => compare(rounds, (of) => of(other) - of("bare"), operation).value;
  const value = (added("sensed") / added(state)) * 100;
  return {
    ...{ name: `${operation}: of what ${name} adds`, value, unit: "%" },
    ...{ budget: `≤ ${OF_OTHERS_PERCENT}`, ok: value <= OF_OTHERS_PERCENT },
    detail: `ours ${added("sensed").toFixed(0)} ns, theirs ${added(state).toFixed(0)} ns`,
  };
}

/** The numbers that the others are made of; what could not be measured is said here. */
function absolute({ rounds, missing }: Outcome): Row[] {
  return operationsOf(rounds).map((operation, index) => {
    const shown = Object.keys(states)
      .filter(isState)
      .filter((state) => rounds[0]?.has(state))
      .map((state) => {
        const { median, low, high } = spreadOf(rounds.map((round) => ns(round, state, operation)));
        return `${state} ${median.toFixed(0)} (${low.toFixed(0)}…${high.toFixed(0)})`;
      });
    const absent = index === 0 ? missing.map((why) => `not measured: ${why}`) : [];
    return {
      ...{ name: operation, value: compare(rounds, (of) => of("bare"), operation).value },
      ...{ unit: "ns", budget: "-", ok: true, detail: [...shown, ...absent].join(", ") },
    };
  });
}

function isState(name: string): name is State {
  return name in states;
}
