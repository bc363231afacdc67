import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { learnedFacets } from "../behaviour/behaviour.ts";
import { behaviourLimits } from "./limits.ts";
import { convergenceOf, usualConvergence } from "./convergence.ts";
import { learnedOf } from "./standing.ts";
import { BoundedBuilder, merged, omitted, type Bounds } from "./bounded.ts";
import { readProfile, writeProfile } from "./document.ts";
import type { Fact } from "./fact.ts";
import { learn } from "./learn.ts";
import { emptyProfile, mergeProfiles, type Profile } from "./profile.ts";
import { earliest, latest, type Stamp } from "./stamps.ts";
import { isToldOf } from "./told-of.ts";
import { tellings } from "./instance.ts";
import { began, opened, connected, executed, seenBy } from "../../test/sim/facts.ts";

const time = fc.nat(10_000);
/** Few instances and names, so that different profiles have much in common. */
const instance = fc.nat(11).map((number) => ({ id: `c${number}`, startedMs: number * 100 }));
const event = fc.oneof(
  fc.nat(9).map((number) => opened(`/srv/${number}`)),
  fc.nat(3).map((number) => connected(`10.0.0.${number}`, 443)),
  fc.constantFrom(executed("/usr/bin/app"), executed("/tmp/dropper"), opened("/etc/shadow")),
);
const fact: fc.Arbitrary<Fact> = fc.oneof(
  fc.tuple(instance, time, event).map(([who, atMs, what]) => seenBy(who, atMs, what)),
  fc.tuple(instance, time, fc.nat(2)).map(([who, atMs, lost]): Fact => {
    return { fact: "watched", instance: who, atMs, lost };
  }),
  fc.tuple(instance, fc.boolean()).map(([who, fromStart]): Fact => {
    const template = `t${who.startedMs % 3}`;
    const tells = fromStart ? tellings : tellings.slice(1);
    return { fact: "began", instance: who, image: "app:1", template, fromStart, tells };
  }),
  fc.nat(20).map((atMs): Fact => {
    const rollout = { template: `t${atMs}`, image: "app:1", sinceMs: atMs };
    return { fact: "rolled_out", rollout };
  }),
  fc.tuple(time, fc.boolean(), fc.constantFrom("ann", "bob")).map(([atMs, allow, by]): Fact => {
    const verdict = { allow, by, reason: "", atMs };
    return { fact: "decided", text: "exec /tmp/dropper", verdict };
  }),
);
const profile = fc
  .array(fact, { maxLength: 40 })
  .map((facts) =>
    learn(emptyProfile, facts, { settleMs: 50, settleReadyMs: 9, longestInitMs: 99 }),
  );

/** Two profiles are the same when they are written the same. */
function text(given: Profile): string {
  return JSON.stringify(writeProfile(given));
}

describe("merging profiles", () => {
  it("is commutative", () => {
    fc.assert(
      fc.property(profile, profile, (a, b) => {
        expect(text(mergeProfiles(a, b))).toBe(text(mergeProfiles(b, a)));
      }),
    );
  });

  it("is associative", () => {
    fc.assert(
      fc.property(profile, profile, profile, (a, b, c) => {
        const left = mergeProfiles(mergeProfiles(a, b), c);
        expect(text(left)).toBe(text(mergeProfiles(a, mergeProfiles(b, c))));
      }),
    );
  });

  it("is idempotent, and the empty profile changes nothing", () => {
    fc.assert(
      fc.property(profile, profile, (a, b) => {
        const both = mergeProfiles(a, b);
        expect(text(mergeProfiles(both, b))).toBe(text(both));
        expect(text(mergeProfiles(emptyProfile, a))).toBe(text(a));
      }),
    );
  });

  it("is judged, and gives a policy, the same in either order", () => {
    const settings = { ...usualConvergence, minSamples: 1, quietPeriodMs: 9, windowMs: 100 };
    const outcome = (given: Profile) => {
      const learned = learnedFacets.flatMap((facet) => learnedOf(given, facet, 500));
      const standings = learned.map(({ text: behaviour, standing }) => `${standing} ${behaviour}`);
      return [convergenceOf(given, 10_000, settings), standings.sort()];
    };
    fc.assert(
      fc.property(profile, profile, (a, b) => {
        expect(outcome(mergeProfiles(a, b))).toEqual(outcome(mergeProfiles(b, a)));
      }),
    );
  });

  it("gives what one learner of all instances would have learned", () => {
    fc.assert(
      fc.property(fc.array(fact, { maxLength: 60 }), (facts) => {
        const isEven = (one: Fact) => "instance" in one && one.instance.startedMs % 200 === 0;
        const parts = [facts.filter(isEven), facts.filter((one) => !isEven(one))];
        const [a = emptyProfile, b = emptyProfile] = parts.map((part) => learn(emptyProfile, part));
        expect(text(mergeProfiles(a, b))).toBe(text(learn(emptyProfile, facts)));
      }),
    );
  });
});

describe("a restart in the midst of learning", () => {
  it("changes nothing: what was written is read and learned on", () => {
    fc.assert(
      fc.property(fc.array(fact, { maxLength: 60 }), fc.nat(60), (facts, at) => {
        const first = readProfile(
          JSON.parse(text(learn(emptyProfile, facts.slice(0, at)))) as unknown,
        );
        const before = "profile" in first ? first.profile : emptyProfile;
        expect(text(learn(before, facts.slice(at)))).toBe(text(learn(emptyProfile, facts)));
      }),
    );
  });
});

describe("lists and maps with a limit", () => {
  const stamps = fc
    .array(fc.record({ name: fc.constantFrom(...Array.from("abcdefg")), atMs: fc.nat(9) }))
    .map((list) => earliest([], list, 3));
  const late = fc
    .array(fc.record({ name: fc.constantFrom(...Array.from("abcdefg")), atMs: fc.nat(9) }))
    .map((list) => latest([], list, 3));
  type Join = (a: readonly Stamp[], b: readonly Stamp[]) => readonly Stamp[];
  const lawful = (values: fc.Arbitrary<readonly Stamp[]>, join: Join) =>
    fc.property(values, values, values, (a, b, c) => {
      expect(join(a, b)).toEqual(join(b, a));
      expect(join(join(a, b), c)).toEqual(join(a, join(b, c)));
      expect(join(a, a)).toEqual(a);
    });

  it("keep the earliest and the latest lawfully", () => {
    fc.assert(lawful(stamps, (a, b) => earliest(a, b, 3)));
    fc.assert(lawful(late, (a, b) => latest(a, b, 3)));
  });

  const bounds: Bounds<number> = {
    limit: 5,
    rank: (key) => key.charCodeAt(0) % 4,
    join: (a, b) => Math.max(a, b),
  };
  const keys = fc.constantFrom(...Array.from("abcdefghijklmn"));
  const map = fc.array(fc.tuple(keys, fc.nat(9)), { maxLength: 9 }).map((pairs) => {
    const builder = new BoundedBuilder(bounds);
    for (const [key, value] of pairs) builder.set(key, Math.max(value, builder.get(key) ?? value));
    return builder.build();
  });

  it("keep the same keys in whatever order they came, past the limit too", () => {
    fc.assert(
      fc.property(map, map, map, (a, b, c) => {
        const join = (x: typeof a, y: typeof a) => merged(bounds, x, y);
        const sorted = ({ entries, overflow }: typeof a) => ({
          entries: [...entries].sort(([x], [y]) => x.localeCompare(y)),
          overflow,
        });
        expect(sorted(join(a, b))).toEqual(sorted(join(b, a)));
        expect(sorted(join(join(a, b), c))).toEqual(sorted(join(a, join(b, c))));
        expect(sorted(join(a, a))).toEqual(sorted(a));
      }),
      { numRuns: 500 },
    );
  });

  it("say how much did not fit", () => {
    const builder = new BoundedBuilder({ ...bounds, limit: 1_000 });
    for (let number = 0; number < 1_000; number++) builder.set(`k${number}`, 0);
    expect(omitted(builder.build())).toBe(0);
    for (let number = 0; number < 10_000; number++) builder.set(`k${number}`, 0);
    expect(builder.build().entries.size).toBe(1_000);
    expect(omitted(builder.build()) / 9_000).toBeGreaterThan(0.8);
    expect(omitted(builder.build()) / 9_000).toBeLessThan(1.2);
  });
});

describe("a flood of names", () => {
  it("drives out names that are made up like it, not those that are not", () => {
    const who = { id: "c", startedMs: 0 };
    const flood = Array.from({ length: 30_000 }, (_, number) => opened(`/tmp/x${number}`));
    const own = Array.from({ length: 200 }, (_, number) =>
      opened(`/srv/${String.fromCharCode(97 + (number % 26))}${"e".repeat(number)}`),
    );
    const learned = learn(
      emptyProfile,
      [...own, ...flood].map((what) => seenBy(who, 5, what)),
    );
    const kept = [...learned.facets.file.entries.keys()];
    expect(kept.filter((name) => name.startsWith("file read /srv/"))).toHaveLength(200);
    expect(kept).toHaveLength(behaviourLimits.file);
    expect(omitted(learned.facets.file)).toBeGreaterThan(10_000);
  });
});

function parsed(text: string): object {
  const value: unknown = JSON.parse(text);
  return typeof value === "object" && value !== null ? value : {};
}

describe("a profile as JSON", () => {
  const errorOf = (json: unknown) => {
    const read = readProfile(json);
    return "error" in read ? read.error : "";
  };

  it("is read back the same", () => {
    fc.assert(
      fc.property(profile, (given) => {
        const read = readProfile(JSON.parse(text(given)));
        expect("profile" in read && text(read.profile)).toBe(text(given));
      }),
    );
  });

  it("is put into order where whoever wrote it did not", () => {
    const learned = learn(
      emptyProfile,
      [1, 2, 3].map((at) => seenBy({ id: `c${at}`, startedMs: 0 }, at, opened("/srv/a"))),
    );
    const reversed: unknown = JSON.parse(text(learned), (_, value: unknown) =>
      Array.isArray(value) ? value.toReversed() : value,
    );
    const read = readProfile(reversed);
    expect("profile" in read && text(read.profile)).toBe(text(learned));
  });

  it("is refused or read, whatever it is, and what is read can be merged", () => {
    const written = writeProfile(emptyProfile);
    const changed = fc
      .tuple(fc.constantFrom(...Object.keys(written), "__proto__"), fc.jsonValue())
      .map(([key, value]) => ({ ...written, [key]: value }));
    fc.assert(
      fc.property(fc.oneof(changed, fc.jsonValue()), (json) => {
        const read = readProfile(json);
        if ("profile" in read) mergeProfiles(read.profile, emptyProfile);
        else expect(read.error).toMatch(/profile/);
      }),
    );
  });

  it("of another version is refused, with what to do", () => {
    const written = writeProfile(emptyProfile);
    expect(errorOf({ ...written, version: 0 })).toBe(
      "the profile has version 0, known is 2: " +
        "learn anew, or convert it with the release that wrote it",
    );
    expect(errorOf({ ...written, version: 3 })).toContain("upgrade");
    expect(errorOf("[]")).toContain("no profile");
  });

  it("of the first version is read, as one that was not told of all", () => {
    const who = { id: "a", startedMs: 0 };
    const written = writeProfile(
      learn(emptyProfile, [began(who), seenBy(who, 1, opened("/srv/a"))]),
    );
    const isNew = (key: string) => key === "tells" || key === "namespace";
    const old = JSON.stringify(written, (key, value: unknown) => (isNew(key) ? undefined : value));
    const first: object = { ...parsed(old), version: 1 };
    const read = readProfile(first);
    if ("error" in read) throw new Error(read.error);
    expect([...read.profile.facets.file.entries.keys()]).toEqual(["file read /srv/a"]);
    expect(isToldOf(read.profile, "namespaces")).toBe(false);
    // Whoever watches it now cannot say what it did before.
    expect(isToldOf(learn(read.profile, [began(who)]), "namespaces")).toBe(false);
    expect(isToldOf(learn(emptyProfile, [began(who)]), "namespaces")).toBe(true);
    expect(errorOf({ ...first, facets: 7 })).toContain("damaged");
  });

  it("that is damaged is refused, and the place is named", () => {
    const damaged = (change: object) => errorOf({ ...writeProfile(emptyProfile), ...change });
    const facets = writeProfile(emptyProfile).facets;
    const entries = { "file read /tmp/*": {} };
    expect(damaged({ facets: { ...facets, file: { entries } } })).toMatch(/damaged at facets.file/);
    expect(damaged({ more: 1 })).toContain("more");
    expect(damaged({ held: { entries: { "open sesame": {} } } })).toMatch(/damaged at held/);
  });
});
