import { describe, expect, it } from "vitest";
import { began, opened, seenBy, watched } from "../../test/sim/facts.ts";
import type { Fact } from "./fact.ts";
import { learn } from "./learn.ts";
import { emptyProfile } from "./profile.ts";
import { newestRollout } from "./rollout.ts";
import { learnedOf } from "./standing.ts";

const hour = 3_600_000;
const [old, next] = [
  { id: "a", startedMs: 0 },
  { id: "b", startedMs: 10 * hour },
];
const facts: Fact[] = [
  began(old, "t1"),
  ...["both", "gone"].map((name) => seenBy(old, 1_000, opened(`/srv/${name}`))),
  { fact: "rolled_out", rollout: { template: "t2", image: "app:2", sinceMs: 10 * hour } },
  began(next, "t2"),
  ...["both", "new"].map((name) => seenBy(next, 10 * hour + 1_000, opened(`/srv/${name}`))),
  seenBy(old, 11 * hour, opened("/srv/late")),
];

function standings(more: Fact[], ageMs = 2 * hour) {
  const learned = learnedOf(learn(emptyProfile, [...facts, ...more]), "file", ageMs);
  return Object.fromEntries(learned.map(({ text, standing }) => [text.slice(15), standing]));
}

describe("after a rollout", () => {
  it("what the parent showed is inherited until the new template has shown it", () => {
    expect(standings([])).toEqual({ both: "kept", gone: "inherited", new: "new", late: "foreign" });
  });

  it("what it does not show again ages out, by time in which it was watched", () => {
    expect(standings([watched(old, 90 * hour)])["gone"]).toBe("inherited");
    expect(standings([watched(next, 11 * hour)])["gone"]).toBe("inherited");
    expect(standings([watched(next, 13 * hour)])["gone"]).toBe("aged");
    expect(standings([watched(next, 13 * hour, 1)])["gone"]).toBe("inherited");
  });

  it("ageing goes on over rollouts that come faster than anything ages", () => {
    const daily = Array.from({ length: 4 }, (_, day) => {
      const at = (20 + day) * hour;
      const pod = { id: `d${day}`, startedMs: at };
      const rollout = { template: `d${day}`, image: "", sinceMs: at };
      const both = seenBy(pod, at + 1_000, opened("/srv/both"));
      const rolled: Fact = { fact: "rolled_out", rollout };
      return [rolled, began(pod, `d${day}`), both, watched(pod, at + hour - 1)];
    });
    expect(standings(daily.slice(0, 1).flat())).toMatchObject({ gone: "inherited" });
    expect(standings(daily.flat(), 3 * hour)).toMatchObject({ gone: "aged", both: "kept" });
    expect(standings(daily.flat(), 9 * hour)).toMatchObject({ gone: "inherited" });
  });

  it("instances of before, which still run, say nothing of what they do not need", () => {
    expect(standings([watched({ ...old, startedMs: 0 }, 90 * hour)])["gone"]).toBe("inherited");
    const early = { id: "e", startedMs: 9 * hour };
    expect(standings([began(early, "t2"), watched(early, 90 * hour)])["gone"]).toBe("inherited");
  });

  it("what had aged comes back when it is shown", () => {
    const again = seenBy(next, 13 * hour, opened("/srv/gone"));
    expect(standings([watched(next, 13 * hour), again])["gone"]).toBe("kept");
  });

  it("to the same template again, that one's own behaviours are known already", () => {
    const rollout = { template: "t1", image: "app:1", sinceMs: 20 * hour };
    const back = { id: "c", startedMs: 20 * hour };
    const more: Fact[] = [
      { fact: "rolled_out", rollout },
      began(back, "t1"),
      seenBy(back, 20 * hour, opened("/srv/gone")),
    ];
    expect(standings(more)).toMatchObject({ gone: "kept", both: "inherited", new: "inherited" });
  });

  it("the newest counts, whatever order they are told in", () => {
    const one = { template: "t1", image: "", sinceMs: 5 };
    const two = { template: "t2", image: "", sinceMs: 6 };
    expect(newestRollout([one, two])).toBe(two);
    expect(newestRollout([two, one])).toBe(two);
    expect(newestRollout([])).toBeUndefined();
  });
});
