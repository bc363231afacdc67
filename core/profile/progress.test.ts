import { describe, expect, it } from "vitest";
import { began, opened, seenBy, watched } from "../../test/sim/facts.ts";
import { convergenceOf, usualConvergence } from "./convergence.ts";
import { differenceOf } from "./difference.ts";
import { learn } from "./learn.ts";
import { emptyProfile } from "./profile.ts";
import { facetsText, progressOf } from "./progress.ts";

const web = { id: "a", startedMs: 0 };
const settings = { ...usualConvergence, minSamples: 1 };
const start = [began(web), seenBy(web, 1_000, opened("/etc/a"))];

describe("how far learning is", () => {
  it("is one line while all facets wait for the same", () => {
    const young = learn(emptyProfile, [...start, watched(web, 2_000)]);
    const [only, ...others] = progressOf(convergenceOf(young, 2_000, settings));
    expect(others).toEqual([]);
    expect(only && facetsText(only)).toBe("every facet");
    expect(only?.words).toBe("learning for 2 s of at least 5 min");
  });

  it("says first what no waiting changes", () => {
    // Nobody told of its start: every floor is as far away as that.
    const young = learn(emptyProfile, [seenBy(web, 1_000, opened("/etc/a"))]);
    const blind = new Set(["bpf"] as const);
    const told = progressOf(convergenceOf(young, 2_000, { ...settings, blind }));
    const ofBpf = told.find(({ facets }) => facets.includes("bpf"));
    expect(ofBpf).toMatchObject({ facets: ["bpf"], words: "this kernel does not show bpf" });
  });

  it("tells facets apart that wait for something else, what is complete first", () => {
    const late = seenBy(web, 900_000, opened("/etc/b"));
    const old = learn(emptyProfile, [...start, late, watched(web, 910_000)]);
    const told = progressOf(convergenceOf(old, 910_000, settings));
    expect(told.map(({ isComplete }) => isComplete)).toEqual([true, false]);
    expect(told.map(({ facets }) => facets.includes("file"))).toEqual([false, true]);
    expect(told[1]?.words).toMatch(/nothing new for 1\d s of 60 s/);
  });
});

it("the difference of profiles is what one has and the other has not, held apart", () => {
  const before = learn(emptyProfile, [...start, seenBy(web, 2_000, opened("/etc/b"))]);
  const after = learn(emptyProfile, [
    seenBy(web, 1_000, opened("/etc/b")),
    seenBy(web, 1_000, opened("/etc/c")),
    seenBy(web, 1_000, opened("/etc/shadow")),
  ]);
  expect(differenceOf(before, after)).toEqual({
    added: ["file read /etc/c"],
    removed: ["file read /etc/a"],
    heldAdded: ["file read /etc/shadow"],
    heldRemoved: [],
  });
});
