/**
 * Learning as a whole, against made workloads: two replicas on two nodes with a start of their own
 * each, merged at every look. When learning says that it is complete, is it?
 */
import {
  convergenceOf,
  usualConvergence,
  type Convergence,
} from "@pahlevan/core/profile/convergence.ts";
import { Learner } from "@pahlevan/core/profile/learn.ts";
import { mergeProfiles } from "@pahlevan/core/profile/profile.ts";
import { learnedOf } from "@pahlevan/core/profile/standing.ts";
import { describe, expect, it } from "vitest";
import { began, listened, opened, seenBy, watched } from "./facts.ts";
import { heldOut, type HeldOut } from "./held-out.ts";
import { randomFrom, type Random } from "./random.ts";
import { live, type Moment, type Workload } from "./workload.ts";

const secondMs = 1_000;
const lookEvery = 30;
const longestWindows = 3_600;
const laterWindows = 400;

interface Case extends Workload {
  /** The file that a behaviour reads; a new one each time where it makes up names. */
  readonly path: (behaviour: number, random: Random) => string;
}

const share = (count: number, first: number, slope: number) =>
  Array.from({ length: count }, (_, at) => Math.min(1, first / (at + 1) ** slope));
/** 0 → "a", 25 → "z", 26 → "ba": names that nobody would take for made up. */
const word = (number: number): string =>
  (number >= 26 ? word(Math.floor(number / 26) - 1) : "") + String.fromCharCode(97 + (number % 26));

/** In /etc nothing generalises: each name is learned by itself or not at all. */
const exact = (behaviour: number) => `/etc/site/${word(behaviour)}`;
const cases: readonly Case[] = [
  { name: "few names", begins: share(24, 0.9, 0.5), lasts: 1, accesses: 1, path: exact },
  { name: "many names", begins: share(400, 0.9, 1.1), lasts: 1, accesses: 1, path: exact },
  { name: "bursts", begins: share(40, 0.05, 0.6), lasts: 20, accesses: 1, path: exact },
  {
    name: "a server's pages",
    begins: share(120, 0.9, 1.1),
    lasts: 1,
    accesses: 1,
    path: (behaviour) => `/srv/www/${word(behaviour)}.html`,
  },
  {
    name: "temporary names",
    begins: share(12, 0.9, 0.5),
    lasts: 1,
    accesses: 1,
    path: (behaviour, random) =>
      behaviour === 3 ? `/tmp/up/part-${Math.floor(random() * 1e9)}` : exact(behaviour),
  },
];

/** A replica on a node of its own; only what is new to it is told, as the kernel does. */
function replica(id: string, random: Random) {
  const learner = new Learner();
  const instance = { id, startedMs: 0 };
  const told = new Set<string>();
  const tell = (atMs: number, path: string) => {
    if (!told.has(path)) learner.learn(seenBy(instance, atMs, opened(path)));
    told.add(path);
  };
  learner.learn(began(instance));
  for (let file = 0; file < 60; file++) tell(file * 100 + random() * 90, `/etc/conf/${word(file)}`);
  learner.learn(seenBy(instance, 6_500, listened(80)));
  return { learner, instance, tell };
}

interface Run {
  readonly found: Convergence;
  readonly windows: number;
  /** Of the files, when learning said that it was complete. */
  readonly policy: HeldOut;
}

/** Until the files are complete, or for an hour. Load comes to one replica or the other. */
function run(workload: Case, seed: number): Run {
  const random = randomFrom(seed);
  const [a, b] = [replica("a", random), replica("b", random)];
  const life = live(workload, random);
  for (let windows = 11; ; windows++) {
    const atMs = windows * secondMs;
    for (const each of nextOf(life))
      (random() < 0.5 ? a : b).tell(atMs, workload.path(each, random));
    if (windows % lookEvery !== 0) continue;
    for (const { learner, instance } of [a, b]) learner.learn(watched(instance, atMs));
    const profile = mergeProfiles(a.learner.profile(), b.learner.profile());
    const found = convergenceOf(profile, atMs, usualConvergence);
    if (!found.facets.file.converged && windows < longestWindows) continue;
    const learned = learnedOf(profile, "file").map(({ text }) => text);
    const later = Array.from({ length: laterWindows }, () =>
      nextOf(life).map((each) => `file read ${workload.path(each, random)}`),
    );
    return { found, windows, policy: heldOut(learned, later) };
  }
}

function nextOf(life: Generator<Moment, never>): readonly number[] {
  return life.next().value.seen;
}

const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe.each(cases)("$name", (workload) => {
  const runs = Array.from({ length: 40 }, (_, seed) => run(workload, seed + 1));
  const said = runs.filter(({ found }) => found.facets.file.converged);

  it("is complete when it is said to be: normal life afterwards is admitted", () => {
    const most = usualConvergence.maxUnseenMass;
    // A run's own share is a sample of 400 windows: three standard deviations are its noise.
    const noise = 3 * Math.sqrt((most * (1 - most)) / laterWindows);
    const wrong = said.filter(({ policy }) => policy.windowsWithNews > most + noise);
    expect(wrong.length / said.length).toBeLessThanOrEqual(0.05);
    expect(mean(said.map(({ policy }) => policy.windowsWithNews))).toBeLessThan(most);
  });

  it("is said to be complete in the end, and not at once", () => {
    expect(said.length).toBeGreaterThanOrEqual(36);
    for (const { windows } of said) expect(windows).toBeGreaterThanOrEqual(300);
  });

  it("is two instances, however they were merged, and fewer entries than files where a rule spoke", () => {
    for (const { found } of runs) expect(found.instances).toBe(2);
    const entries = mean(said.map(({ policy }) => policy.entries));
    const learned = mean(said.map(({ policy }) => policy.learned));
    if (workload.path === exact) expect(entries).toBe(learned);
    else expect(entries).toBeLessThan(0.5 * learned);
  });
});
