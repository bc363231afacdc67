/** A made service whose next version does a little less and a little more, over many seeds. */
import { convergenceOf, usualConvergence } from "@pahlevan/core/profile/convergence.ts";
import { Learner } from "@pahlevan/core/profile/learn.ts";
import { usualAgeMs } from "@pahlevan/core/profile/lineage.ts";
import type { Profile } from "@pahlevan/core/profile/profile.ts";
import { learnedOf } from "@pahlevan/core/profile/standing.ts";
import { expect, it } from "vitest";
import { began, opened, seenBy, watched } from "./facts.ts";
import { heldOut } from "./held-out.ts";
import { randomFrom } from "./random.ts";
import { live } from "./workload.ts";

const secondMs = 1_000;
const lookEvery = 30;
const settings = { ...usualConvergence, minSamples: 10 };
const begins = Array.from({ length: 24 }, (_, at) => 0.9 / (at + 1) ** 0.5);
/** So many files of one version are gone in the next, and as many are new. */
const changed = 4;
const path = (version: number, behaviour: number) => `/etc/site/n${behaviour + changed * version}x`;
const text = (version: number, behaviour: number) => `file read ${path(version, behaviour)}`;

/** The life of a version, in an instance of its own, until learning says that it is complete. */
function learnVersion(learner: Learner, version: number, startedMs: number, seed: number) {
  const instance = { id: `pod${version}`, startedMs };
  const template = `v${version}`;
  learner.learn({ fact: "rolled_out", rollout: { template, image: "", sinceMs: startedMs } });
  learner.learn(began(instance, template));
  const life = live({ name: template, begins, lasts: 1, accesses: 1 }, randomFrom(seed));
  const told = new Set<number>();
  for (let window = 1; ; window++) {
    const atMs = startedMs + window * secondMs;
    for (const each of life.next().value.seen) {
      if (!told.has(each)) learner.learn(seenBy(instance, atMs, opened(path(version, each))));
      told.add(each);
    }
    if (window % lookEvery !== 0) continue;
    learner.learn(watched(instance, atMs));
    const { file } = convergenceOf(learner.profile(), atMs, settings).facets;
    if (file.converged) return { instance, file, atMs, life };
  }
}

/** What a policy would be made of. */
function allowedBy(profile: Profile): string[] {
  return learnedOf(profile, "file")
    .filter(({ standing }) => standing !== "aged" && standing !== "foreign")
    .map((learned) => learned.text);
}

const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, at) => from + at);
const gone = numbers(changed).map((each) => text(0, each));

it.each(numbers(20, 1))(
  "a rollout learns the difference, and lets go of the rest (seed %i)",
  (seed) => {
    const learner = new Learner();
    const old = learnVersion(learner, 0, 0, seed);
    expect(old.file.inLearning).toBe(begins.length);

    const next = learnVersion(learner, 1, old.atMs + secondMs, seed + 1_000);
    const after = learner.profile();
    expect(next.file.inLearning).toBeLessThanOrEqual(changed);
    // The old version's instances may still run: nothing of theirs is taken away.
    expect(allowedBy(after)).toEqual(expect.arrayContaining(gone));
    const later = numbers(300).map(() => next.life.next().value.seen.map((each) => text(1, each)));
    expect(heldOut(allowedBy(after), later).windowsWithNews).toBeLessThan(0.05);

    learner.learn(watched(next.instance, next.atMs + usualAgeMs));
    const aged = allowedBy(learner.profile());
    expect(aged.filter((each) => gone.includes(each))).toEqual([]);
    expect(heldOut(aged, later).windowsWithNews).toBeLessThan(0.05);
  },
);
