import { expect, it } from "vitest";
import { began, eventOf, opened, seenBy, watched } from "../../test/sim/facts.ts";
import { convergenceOf, isFacetComplete, usualConvergence } from "./convergence.ts";
import type { Fact } from "./fact.ts";
import type { InstanceKey } from "./instance.ts";
import { learn } from "./learn.ts";
import { usualAgeMs } from "./lineage.ts";
import { tellsPhases } from "./phase.ts";
import { emptyProfile } from "./profile.ts";
import { learnedOf } from "./standing.ts";

const minute = 60_000;
const web = { id: "web-1", startedMs: 1_000 };
const settings = { ...usualConvergence, minSamples: 1 };
const called = (name: string) => eventOf({ kind: "syscall", number: 0, name, compat: false });

function missed(instance: InstanceKey, atMs: number): Fact {
  return { fact: "calls_missed", instance, atMs };
}
function lived(instance: InstanceKey, toMs: number, ...more: Fact[]): Fact[] {
  const did = [called("read"), opened("/srv/a")];
  return [
    began(instance),
    ...did.map((event) => seenBy(instance, instance.startedMs + 1, event)),
    watched(instance, toMs),
    ...more,
  ];
}

it("of an instance that began unwatched, all is learned to the end but what it calls", () => {
  const profile = learn(emptyProfile, lived(web, 30 * minute, missed(web, web.startedMs)));
  const { facets } = convergenceOf(profile, 30 * minute, settings);
  expect(facets.file.converged).toBe(true);
  expect(facets.syscall.converged).toBe(false);
  expect(facets.syscall.gates.find(({ gate }) => gate === "instances")?.words).toContain("0 of");
});

it("what was watched whole before it was missed stays enough", () => {
  const profile = learn(emptyProfile, lived(web, 30 * minute));
  expect(isFacetComplete(profile, "syscall", 30 * minute, settings)).toBe(true);
  const ended = learn(profile, [missed(web, 30 * minute), watched(web, 600 * minute)]);
  expect(isFacetComplete(ended, "syscall", 600 * minute, settings)).toBe(true);
  // A second time says nothing that the first did not.
  const [instance] = learn(ended, [missed(web, 60 * minute)]).instances.entries.values();
  expect(instance?.callsMissedMs).toBe(30 * minute);
});

it("time in which nobody watched tells nothing about what is still to be called", () => {
  const early = learn(emptyProfile, lived(web, 30 * minute, missed(web, 30_000)));
  expect(isFacetComplete(early, "file", 30 * minute, settings)).toBe(true);
  expect(isFacetComplete(early, "syscall", 30 * minute, settings)).toBe(false);
});

it("a call of an earlier version does not age while nobody watches whether a newer one makes it", () => {
  const rollout = { template: "t2", image: "app:2", sinceMs: 60 * minute };
  const newer = { id: "web-2", startedMs: 60 * minute };
  const toMs = 60 * minute + 2 * usualAgeMs;
  const facts: Fact[] = [
    ...lived(web, 30 * minute),
    { fact: "rolled_out", rollout },
    began(newer, "t2"),
    watched(newer, toMs),
  ];
  const standingOf = (facet: "file" | "syscall", more: Fact[]) =>
    learnedOf(learn(emptyProfile, [...facts, ...more]), facet).map(({ standing }) => standing);
  expect(standingOf("syscall", [])).toEqual(["aged"]);
  const blind = [missed(newer, 90 * minute)];
  expect(standingOf("syscall", blind)).toEqual(["inherited"]);
  expect(standingOf("file", blind)).toEqual(["aged"]);
});

it("what its work calls is not taken for the start's, where its work was not watched", () => {
  const retold: Fact = { fact: "retold", instance: web, atMs: minute };
  const profile = learn(emptyProfile, lived(web, 30 * minute, retold, missed(web, 2 * minute)));
  expect(tellsPhases(profile, "file")).toBe(true);
  expect(tellsPhases(profile, "syscall")).toBe(false);
});
