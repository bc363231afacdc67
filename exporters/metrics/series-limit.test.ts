import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { madePolicy, madeSource } from "./made.ts";
import { metrics } from "./metrics.ts";
import { SeriesLimit } from "./series-limit.ts";
import type { PolicyFigures } from "./source.ts";

type Shown = ReadonlyMap<string, number>;

/** Every series that there is, by its name and labels. */
function read(limit: SeriesLimit, policies: readonly PolicyFigures[]): Shown {
  const source = madeSource({ policies: () => policies });
  const shown = new Map<string, number>();
  for (const metric of limit.at(source)) {
    if (metric.type === "histogram") continue;
    for (const [labels, value] of metric.read(source)) {
      const series = `${metric.name} ${Object.values(labels).join(" ")}`;
      expect(shown.has(series)).toBe(false);
      shown.set(series, value);
    }
  }
  return shown;
}

const named = (shown: Shown) =>
  [...shown.keys()].flatMap((series) => {
    const [, , name] = /^pahlevan_learning_converged (\S+) (\S+)/.exec(series) ?? [];
    return name === undefined ? [] : [name];
  });
const violations = "pahlevan_policy_violations_total";
const told = (shown: Shown, who: string) =>
  shown.get(`${violations} ${who} exec deny enforce lsm`) ?? NaN;
const others = "other other other";

function policy(workload: string, times = 1, more: Partial<PolicyFigures> = {}): PolicyFigures {
  const decided = [{ facet: "exec", action: "deny", mode: "enforce", tier: "lsm", times }] as const;
  return madePolicy({ workload, policy: workload, decided, ...more });
}
const names = (count: number) => Array.from({ length: count }, (_, at) => `w${at}`);
const own = read(new SeriesLimit(), [policy("w")]).size - read(new SeriesLimit(), []).size;
const fixed = read(new SeriesLimit(), []).size;
/** So that so many workloads have series of their own, and the others theirs together. */
const roomFor = (workloads: number) => fixed + (workloads + 1) * own;

it("changes nothing where there is room", () => {
  const limit = new SeriesLimit(roomFor(3));
  const shown = read(
    limit,
    names(4).map((name) => policy(name)),
  );
  expect(named(shown)).toEqual(names(4));
  expect(shown.size).toBe(roomFor(3));
  expect(shown.get("pahlevan_series_folded ")).toBe(0);
  expect(shown.get("pahlevan_series_limit ")).toBe(roomFor(3));
});

it("tells of whoever finds no room together, and how many that are", () => {
  const limit = new SeriesLimit(roomFor(2));
  const some = names(5).map((name, at) => policy(name, at + 1, { attack: name === "w4" }));
  const shown = read(limit, some);
  expect(shown.size).toBeLessThanOrEqual(roomFor(2));
  expect(named(shown)).toEqual(["w0", "w1", "other"]);
  expect(told(shown, others)).toBe(3 + 4 + 5);
  expect(shown.get(`pahlevan_policy_instances ${others} monitor`)).toBe(3 * 4);
  expect(shown.get(`pahlevan_attack_suspected ${others}`)).toBe(1);
  expect(shown.get("pahlevan_series_folded ")).toBe(3 * own);
  expect(shown.get("pahlevan_workloads_folded_total ")).toBe(3);
});

it("takes of the others the least or the most where a sum says nothing, and else is silent", () => {
  const limit = new SeriesLimit(fixed);
  const some = [
    policy("a", 1, { progress: 0.4, unseenMass: 0.5, converged: true, quietSeconds: 9 }),
    policy("b", 1, { progress: 0.9, unseenMass: 0.1, converged: false, quietSeconds: 70 }),
  ];
  const shown = read(limit, some);
  expect(shown.get(`pahlevan_learning_progress_ratio ${others}`)).toBe(0.4);
  expect(shown.get(`pahlevan_learning_converged ${others}`)).toBe(0);
  expect(shown.get(`pahlevan_learning_unseen_mass_ratio ${others}`)).toBe(0.5);
  expect(shown.get(`pahlevan_learning_quiet_seconds ${others}`)).toBe(9);
  expect([...shown.keys()].filter((series) => series.includes("loop_state"))).toEqual([]);
});

describe("who has series of its own", () => {
  it("keeps them while it lives, whoever comes, and gives its place to who comes after", () => {
    const limit = new SeriesLimit(roomFor(2));
    const [a, b, c, d] = [policy("a"), policy("b"), policy("c"), policy("d")];
    expect(named(read(limit, [b, a, c, d]))).toEqual(["b", "a", "other"]);
    expect(named(read(limit, [d, c, a, b]))).toEqual(["a", "b", "other"]);
    // c and d stay folded: their series would begin in the middle of what they count.
    expect(named(read(limit, [d, c, b]))).toEqual(["b", "other"]);
    expect(named(read(limit, [d, c, b, policy("e")]))).toEqual(["b", "e", "other"]);
    expect(named(read(limit, [b, policy("e")]))).toEqual(["b", "e"]);
  });

  it("loses them where others grew, the newest first, and what it counted is told once", () => {
    const limit = new SeriesLimit(roomFor(3));
    const grown = names(6).map((facet) => {
      return { facet, action: "deny", mode: "enforce", tier: "lsm", times: 1 } as const;
    });
    const some = (b: number) => [policy("a"), policy("b", b), policy("c", 50), policy("d", 70)];
    expect(named(read(limit, some(1)))).toEqual(["a", "b", "c", "d"]);
    const big = policy("a", 1, { decided: grown });
    const shown = read(limit, [big, ...some(1).slice(1)]);
    expect(named(shown)).toEqual(["a", "b", "other"]);
    expect(told(shown, others)).toBe(0);
    const later = read(limit, [big, policy("b"), policy("c", 52), policy("d", 70)]);
    expect(told(later, others)).toBe(2);
  });

  it("is nobody of the others' name", () => {
    const limit = new SeriesLimit();
    const odd = policy("other", 4, { namespace: "other", policy: "other" });
    const shown = read(limit, [odd, policy("a")]);
    expect(told(shown, others)).toBe(4);
    expect(shown.get("pahlevan_series_folded ")).toBe(own);
  });
});

it("is never exceeded, keeps every counter from going back, and who is folded stays so", () => {
  const step = fc.record({
    alive: fc.subarray(names(30)),
    grow: fc.nat(9),
    facets: fc.integer({ min: 1, max: 12 }),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 2, maxLength: 12 }), (steps) => {
      const most = roomFor(4) + 40;
      const limit = new SeriesLimit(most);
      let [before, alive]: [Shown, readonly string[]] = [new Map(), []];
      const counted = new Map<string, number>();
      for (const { alive: now, grow, facets } of steps) {
        for (const name of alive) if (!now.includes(name)) counted.delete(name);
        const some = now.map((name) => {
          const times = (counted.get(name) ?? 0) + grow;
          counted.set(name, times);
          const decided = names(facets).map((facet) => {
            return { facet, action: "deny", mode: "enforce", tier: "lsm", times } as const;
          });
          return policy(name, times, { decided });
        });
        const shown = read(limit, some);
        expect(shown.size).toBeLessThanOrEqual(most);
        const [had, has] = [new Set(named(before)), new Set(named(shown))];
        for (const name of now)
          if (alive.includes(name) && !had.has(name)) expect(has).not.toContain(name);
        for (const [series, value] of shown)
          if (series.startsWith(violations) && series.includes(others))
            expect(value).toBeGreaterThanOrEqual(before.get(series) ?? 0);
        [before, alive] = [shown, now];
      }
    }),
    { numRuns: 60 },
  );
});

it("knows of every gauge of a workload what several of them are together", () => {
  for (const metric of metrics) {
    if (!metric.labels.includes("workload")) continue;
    expect(metric.labels).toContain("namespace");
    expect(metric.type).not.toBe("histogram");
    if (metric.type === "gauge") expect([metric.name, metric.fold]).not.toContain(undefined);
  }
});

it("asks the source once, however many metrics are made of the answer", () => {
  let asked = 0;
  const source = madeSource({
    *policies() {
      asked++;
      yield madePolicy();
    },
  });
  for (const metric of new SeriesLimit().at(source)) void [...metric.read(source)];
  expect(asked).toBe(1);
});
