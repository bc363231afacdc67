/** Requests a second of nginx on this host, held to what was learned of it. */
import type { Hierarchy } from "@pahlevan/agent/workload/hierarchy.ts";
import { nginx } from "../../stack/workloads/nginx.ts";
import { imageOf } from "../../stack/workloads/rootfs.ts";
import type { Row } from "../row.ts";
import { spreadOf } from "../spread.ts";
import { learnedFromNginx } from "./learned.ts";
import { roundsOf, type Round, type State } from "./nginx-rounds.ts";
import { MOST_REQUESTS, Serving } from "./serving.ts";

const ROUNDS = 10;
const RUNS = 2;
export const OF_BARE_PERCENT = 98;
/** Where the LSM does not decide, a program runs at the end of each system call. */
const OF_EMPTY_PERCENT = 95;

export const named: Readonly<Record<"held" | "listing", string>> = {
  held: "enforced",
  listing: "enforced, with a list of system calls",
};

export async function requestsOfNginx(
  hierarchy: Hierarchy,
  say: (line: string) => void,
  rounds = ROUNDS,
): Promise<Row[]> {
  const policy = await learnedFromNginx();
  const asking = { image: await imageOf(nginx), requests: MOST_REQUESTS, runs: RUNS };
  await using serving = await Serving.start(hierarchy, asking);
  const measured = await roundsOf({ hierarchy, serving, policy }, rounds, say);
  return [
    share(measured, "held", "bare", OF_BARE_PERCENT),
    share(measured, "held", "empty", OF_EMPTY_PERCENT),
    share(measured, "listing", "bare", OF_BARE_PERCENT),
    share(measured, "listing", "emptyListing", OF_EMPTY_PERCENT),
  ];
}

/** Compared within a round, so that what the machine was like then is the same for both. */
function share(
  rounds: readonly Round[],
  state: "held" | "listing",
  than: State,
  atLeast: number,
): Row {
  const of = (what: (round: Round) => number) => spreadOf(rounds.map(what));
  const { median, low, high } = of(
    (round) => (round[state].perSecond / round[than].perSecond) * 100,
  );
  const own = of((round) => (round[than].ownNs / round[state].ownNs) * 100);
  const perSecond = (each: State) => of((round) => round[each].perSecond).median.toFixed(0);
  return {
    ...{ name: `nginx, ${named[state]}: requests/s`, value: median },
    unit: than === "bare" ? "% of bare" : "% of empty programs'",
    ...{ budget: `≥ ${atLeast}`, ok: median >= atLeast },
    detail:
      `half within ${low.toFixed(1)} … ${high.toFixed(1)}; ${perSecond(than)} → ${perSecond(state)}; ` +
      `by nginx' own time on a processor ${own.median.toFixed(1)} % ` +
      `(${own.low.toFixed(1)} … ${own.high.toFixed(1)})`,
  };
}
