/** Made workloads whose true unseen mass is known: what the estimate is held against. */
import type { Random } from "./random.ts";

export interface Workload {
  readonly name: string;
  /** For each behaviour: how likely it begins in a window of time. */
  readonly begins: readonly number[];
  /** How many windows it then goes on for, on average. */
  readonly lasts: number;
  /** Accesses in each window in which it goes on. */
  readonly accesses: number;
}

const zipf = (count: number, first: number, slope: number) =>
  Array.from({ length: count }, (_, at) => Math.min(1, first / (at + 1) ** slope));

export const workloads: readonly Workload[] = [
  { name: "few and frequent", begins: zipf(20, 0.9, 0.5), lasts: 1, accesses: 5 },
  { name: "Zipf", begins: zipf(400, 0.9, 1.1), lasts: 1, accesses: 5 },
  { name: "Zipf, heavy tail", begins: zipf(1_000, 0.3, 0.9), lasts: 1, accesses: 5 },
  {
    name: "a rare daily job",
    begins: [...zipf(30, 0.9, 0.6), ...Array<number>(15).fill(1 / 86_400)],
    lasts: 1,
    accesses: 5,
  },
  { name: "bursty", begins: zipf(200, 0.05, 0.9), lasts: 20, accesses: 200 },
];

export interface Moment {
  /** The behaviours of this window. */
  readonly seen: readonly number[];
  /** How likely the next window shows something that none so far did. */
  readonly unseenMass: number;
  /** Windows in which each behaviour was met so far. */
  readonly met: readonly number[];
}

export function* live({ begins, lasts }: Workload, random: Random): Generator<Moment, never> {
  const met = Array<number>(begins.length).fill(0);
  const goesOn = new Set<number>();
  let unseenMass = 1;
  for (;;) {
    const seen: number[] = [];
    let isNews = false;
    // By index: this is most of the simulation's time.
    for (let at = 0; at < begins.length; at++) {
      // What goes on was seen when it began, so only beginnings can be new.
      if (!(lasts > 1 && goesOn.has(at)) && random() >= (begins[at] ?? 0)) continue;
      seen.push(at);
      isNews ||= met[at] === 0;
      met[at] = (met[at] ?? 0) + 1;
      if (lasts === 1) continue;
      if (random() < 1 / lasts) goesOn.delete(at);
      else goesOn.add(at);
    }
    if (isNews || unseenMass === 1) unseenMass = missing(begins, met);
    yield { seen, unseenMass, met };
  }
}

function missing(begins: readonly number[], met: readonly number[]): number {
  const none = begins.reduce((all, each, at) => (met[at] === 0 ? all * (1 - each) : all), 1);
  return 1 - none;
}
