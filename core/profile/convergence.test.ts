import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { began, eventOf, opened, seenBy, watched } from "../../test/sim/facts.ts";
import { learnedFacets, type LearnedFacet } from "../behaviour/behaviour.ts";
import { convergenceOf, usualConvergence, waitsFor } from "./convergence.ts";
import type { Fact } from "./fact.ts";
import type { GateName } from "./gate.ts";
import { learn } from "./learn.ts";
import { emptyProfile } from "./profile.ts";

const minute = 60_000;
const web = { id: "web-1", startedMs: 0 };
const settings = { ...usualConvergence, minSamples: 3 };

/** A start with three files at once, watched to the end. */
const start = [
  began(web),
  ...["a", "b", "c"].map((name) => seenBy(web, 500, opened(`/srv/${name}`))),
];

function after(toMs: number, facts: readonly Fact[], more: Partial<typeof settings> = {}) {
  const profile = learn(emptyProfile, facts);
  return convergenceOf(profile, toMs, { ...settings, ...more });
}

function gate(found: ReturnType<typeof after>, name: GateName, facet: LearnedFacet = "file") {
  const one = found.facets[facet].gates.find((each) => each.gate === name);
  if (one === undefined) throw new Error(`no gate ${name}`);
  return one;
}

describe("learning is complete", () => {
  it("when it lasted, was quiet, and was watched whole", () => {
    const found = after(10 * minute, [...start, watched(web, 10 * minute)]);
    expect(found.converged).toBe(true);
    expect(found.progress).toBe(1);
    expect(waitsFor(found)).toBe("learning is complete");
  });

  it("not before its floors, however quiet", () => {
    const found = after(4 * minute, [...start, watched(web, 4 * minute)]);
    expect(found.converged).toBe(false);
    expect(gate(found, "duration")).toMatchObject({ holds: false, progress: 0.8 });
    expect(gate(after(10 * minute, start, { minSamples: 100 }), "samples")).toMatchObject({
      holds: false,
      words: "3 facts of at least 100",
    });
  });

  it("not of silence in which nobody watched", () => {
    const found = after(60 * minute, [...start, watched(web, 20_000)]);
    expect(gate(found, "duration").holds).toBe(true);
    expect(gate(found, "quiet").holds).toBe(false);
    expect(gate(found, "unseen").holds).toBe(false);
  });

  it("not soon after something new: it says what it waits for", () => {
    const late = seenBy(web, 10 * minute - 12_000, opened("/srv/late"));
    const found = after(10 * minute, [...start, late, watched(web, 10 * minute)]);
    expect(found.facets.file.quietSinceMs).toBe(10 * minute - 12_000);
    expect(gate(found, "quiet").words).toBe("nothing new for 12 s of 60 s");
    expect(waitsFor(found)).toBe("20 %: file: nothing new for 12 s of 60 s");
    expect(found.facets.exec.converged).toBe(true);
  });

  it("not soon after the work did what only its start had done, where these are told apart", () => {
    const toMs = 30 * minute;
    const retold: Fact = { fact: "retold", instance: web, atMs: 20_000 };
    const again = seenBy(web, toMs - 12_000, opened("/srv/a"));
    const lived = [...start, again, watched(web, toMs)];
    const untold = after(toMs, lived);
    expect(gate(untold, "quiet").holds).toBe(true);
    const told = after(toMs, [...start, retold, again, watched(web, toMs)]);
    expect(told.facets.file.quietSinceMs).toBe(toMs - 12_000);
    expect(gate(told, "quiet").holds).toBe(false);
    // Once more is none, and nobody asks for it where starts are not told apart.
    const later = seenBy(web, toMs + minute, opened("/srv/a"));
    const more = [...start, retold, again, later, watched(web, toMs + 2 * minute)];
    expect(gate(after(toMs + 2 * minute, more), "quiet").holds).toBe(true);
    const alike = [...start, retold, again, watched(web, toMs)];
    expect(gate(after(toMs, alike, { lifecycleAware: false }), "quiet").holds).toBe(true);
  });

  it("not where more was seen than fits", () => {
    const counted = { syscalls: [], compatSyscalls: [], ringOperations: [] };
    const capabilities = Array.from({ length: 70 }, (_, at) => ({ name: `CAP_${at}`, count: 1 }));
    const facts: Fact[] = [
      ...start,
      { fact: "counted", instance: web, atMs: 1_000, ...counted, capabilities },
      watched(web, 10 * minute),
    ];
    const found = after(10 * minute, facts);
    expect(gate(found, "room", "capability").words).toMatch(/^about \d+ behaviours did not fit/);
    expect(found.facets.capability.converged).toBe(false);
    expect(found.facets.file.converged).toBe(true);
  });

  it("not where the kernel does not show the facet", () => {
    const facts = [...start, watched(web, 10 * minute)];
    const found = after(10 * minute, facts, { blind: new Set<LearnedFacet>(["io_uring"]) });
    expect(found.converged).toBe(false);
    expect(gate(found, "sensed", "io_uring").words).toBe("this kernel does not show io_uring");
  });
});

describe("an instance that lost records, or ran before it was watched", () => {
  it.each([
    ["lossy", [...start, watched(web, 10 * minute, 1)]],
    ["adopted", [began(web, "t1", false), ...start.slice(1), watched(web, 10 * minute)]],
  ])("%s: adds facts and completes nothing", (_, facts) => {
    const found = after(10 * minute, facts);
    expect(found.facets.file.behaviours).toBe(3);
    expect(found.converged).toBe(false);
    expect(gate(found, "instances").words).toContain("1 more lost records or ran before");
    expect(found.facets.file.unseen.bound).toBe(1);
  });

  it("reaches no floor either: not by its age, nor by its facts", () => {
    const old = { id: "old", startedMs: 0 };
    const young = { id: "young", startedMs: 60 * minute };
    const many = Array.from({ length: 9 }, () => seenBy(old, 0, opened("/srv/a")));
    const facts = [began(old, "t1", false), ...many, began(young), watched(young, 62 * minute)];
    const found = after(62 * minute, facts);
    expect(gate(found, "duration")).toMatchObject({ holds: false, value: 2 * minute });
    expect(gate(found, "samples")).toMatchObject({ holds: false, value: 0 });
  });

  it("completes nothing however many there are, and whatever they do", () => {
    const facts = fc
      .array(fc.tuple(fc.nat(9), fc.nat(9), fc.nat(20 * minute), fc.boolean()), { maxLength: 40 })
      .map((all) =>
        all.flatMap(([id, name, atMs, isLossy]) => {
          const who = { id: `r${id}${isLossy ? "l" : "a"}`, startedMs: 0 };
          const doing = seenBy(who, atMs, opened(`/etc/${name}`));
          const end = watched(who, 20 * minute, isLossy ? 1 : 0);
          return [began(who, "t1", isLossy), doing, end];
        }),
      );
    fc.assert(
      fc.property(facts, (given) => {
        const found = after(20 * minute, given, { minSamples: 1 });
        for (const facet of learnedFacets) expect(found.facets[facet].converged).toBe(false);
      }),
    );
  });

  it("does not stop another from completing, but its news do", () => {
    const other = { id: "web-2", startedMs: 0 };
    const lossy = [began(other), seenBy(other, 500, opened("/srv/a"))];
    const facts = [...start, ...lossy, watched(other, 10 * minute, 7), watched(web, 10 * minute)];
    expect(after(10 * minute, facts)).toMatchObject({ converged: true, lossy: 1, instances: 1 });
    const late = seenBy(other, 10 * minute - 5_000, opened("/srv/late"));
    expect(after(10 * minute, [...facts, late]).converged).toBe(false);
  });
});

describe("what is no sample of steady life", () => {
  it("is an instance's start, however long and quiet its last seconds", () => {
    const found = after(10 * minute, [...start, watched(web, 10_400)]);
    // One sample: it might as well end here, as a job does.
    expect(gate(found, "quiet").value).toBeLessThanOrEqual(10_000);
  });

  it("is one more replica at the same time", () => {
    const replicas = Array.from({ length: 20 }, (_, at) => ({ id: `r${at}`, startedMs: 0 }));
    const facts = replicas.flatMap((each) => [
      began(each),
      seenBy(each, 500, opened("/srv/a")),
      watched(each, 2 * minute),
    ]);
    const one = after(2 * minute, facts.slice(0, 3));
    expect(after(2 * minute, facts).facets.file.unseen).toEqual(one.facets.file.unseen);
  });

  it("is one fact told twice", () => {
    const again = eventOf(
      { kind: "open", path: { value: "/srv/a" }, access: ["read"] },
      "/usr/bin/app",
      "every",
    );
    const facts = [...start, seenBy(web, 9 * minute, again), watched(web, 10 * minute)];
    expect(after(10 * minute, facts).facets.file.quietSinceMs).toBe(500);
  });
});

describe("names that are made up anew each time", () => {
  const temporary = (atMs: number) => seenBy(web, atMs, opened(`/tmp/up/${atMs}.part`, "write"));

  it("keep nothing waiting once their pattern is known", () => {
    const all = Array.from({ length: 60 }, (_, at) => temporary(1_000 + at * 10_000));
    const found = after(11 * minute, [...start, ...all, watched(web, 11 * minute)]);
    expect(found.converged).toBe(true);
    expect(found.facets.file.quietSinceMs).toBe(21_000);
    const verdict = { allow: false, by: "ann", reason: "I want to see each", atMs: 12 * minute };
    const refused: Fact = { fact: "decided", text: "file write /tmp/up/*.part", verdict };
    const facts = [...start, ...all, watched(web, 11 * minute), refused];
    expect(after(11 * minute, facts).converged).toBe(false);
  });
});

describe("the chance that the next instance does what no other did", () => {
  it("is the share of instances with something of their own", () => {
    const facts = Array.from({ length: 10 }, (_, at) => ({ id: `r${at}`, startedMs: at })).flatMap(
      (each, at) => [
        began(each),
        seenBy(each, 500, opened("/srv/a")),
        ...(at < 3 ? [seenBy(each, 500, opened(`/srv/own${"x".repeat(at)}`))] : []),
        watched(each, minute),
      ],
    );
    expect(after(minute, facts).facets.file.unseenByInstance).toBeCloseTo(0.3);
  });
});

describe("a rollout", () => {
  const old = [...start, watched(web, 20 * minute)];
  const rollout = { template: "t2", image: "app:2", sinceMs: 20 * minute };
  const next = { id: "web-9", startedMs: 20 * minute };
  const rolled: Fact[] = [
    ...old,
    { fact: "rolled_out", rollout },
    began(next, "t2"),
    seenBy(next, 20 * minute + 500, opened("/srv/a")),
    seenBy(next, 20 * minute + 600, opened("/srv/new")),
  ];

  it("begins to learn again, and only the difference", () => {
    const facts = [...rolled, watched(next, 21 * minute)];
    const found = after(21 * minute, facts);
    expect(found.converged).toBe(false);
    expect(found.facets.file).toMatchObject({ behaviours: 4, inLearning: 1 });
    expect(gate(found, "duration").progress).toBeCloseTo(0.2);
    const done = after(31 * minute, [...rolled, watched(next, 31 * minute)], { minSamples: 2 });
    expect(done.converged).toBe(true);
  });

  it("back to what was there before is not completed by instances long gone", () => {
    const back = { template: "t1", image: "app:1", sinceMs: 40 * minute };
    const facts: Fact[] = [...rolled, { fact: "rolled_out", rollout: back }];
    const found = after(60 * minute, facts);
    expect(gate(found, "instances").value).toBe(0);
    expect(gate(found, "duration").value).toBe(0);
  });

  it("is not completed by the old instances that still run", () => {
    const found = after(40 * minute, [...rolled, watched(web, 40 * minute)]);
    expect(gate(found, "quiet").holds).toBe(false);
  });
});
