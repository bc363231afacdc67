/** When starts are over, whose, and in which order kernel and learning are told. */
import type { Detail } from "@pahlevan/core/behaviour/event.ts";
import { beforeEach, expect, test } from "vitest";
import { madeEvent, madeProfile, MadeSenses } from "./made.ts";
import { Phases, type PhasePolicies } from "./phases.ts";

const second = 1_000_000_000n;
const begins = { kind: "instance_start", cgroup: { value: "/web" } } as const;
const ends = { kind: "instance_end", cgroup: { value: "/web" } } as const;
const opens = (path: string): Detail => ({ kind: "open", path: { value: path }, access: ["read"] });

let senses: MadeSenses;
let said: string[];
let nowS: number;
let phases: Phases;

beforeEach(() => {
  senses = new MadeSenses();
  senses.profiles.set(3, madeProfile());
  said = [];
  nowS = 100;
  phases = begun();
});

function begun(isLearning = true): Phases {
  const learning = {
    startEnds: (slot: number) => void said.push(`${slot} ends, ${senses.startsEnded.length} told`),
    retold: ({ slot }: { slot: number }, atMs: number) =>
      void said.push(`${slot} at ${atMs}, ${senses.startsEnded.length} told`),
  };
  return new Phases({
    senses,
    nowMs: () => nowS * 1_000,
    complain: (says) => void said.push(says),
    ...(isLearning && { learning }),
  });
}

function see(detail: Detail, atS: number, differences: Parameters<typeof madeEvent>[1] = {}): void {
  nowS = atS;
  const times = { wallNs: BigInt(atS) * second, timeNs: BigInt(atS - 90) * second };
  phases.see(madeEvent(detail, { ...times, ...differences }));
  phases.tick();
}

/** When it is told that the start is over, at a tick each second. */
function overAt(): number | undefined {
  for (let tick = 0; tick < 700; tick++, nowS++) {
    phases.tick();
    if (senses.startsEnded.length > 0) return nowS;
  }
  return undefined;
}

function policies(differences: Partial<PhasePolicies>): void {
  phases.policies = { isApart: () => true, wasSteady: () => undefined, ...differences };
}

test("a start is over by time alone, once nothing new was done for long enough", () => {
  see(begins, 100);
  see(opens("/a"), 105);
  see(opens("/b"), 109);
  expect(overAt()).toBe(119);
  expect(senses.startsEnded).toEqual([{ ended: [3], retell: [3] }]);
  // Once: what it does then is no start any more.
  see(opens("/c"), 200);
  nowS = 300;
  phases.tick();
  expect(senses.startsEnded).toHaveLength(1);
});

test("who learns looks before the kernel forgets, and is told when it has", () => {
  see(begins, 100);
  overAt();
  expect(said).toEqual(["3 ends, 0 told", "3 at 110000, 1 told"]);
});

test("what the kernel could not be made to forget is not said to be told again", () => {
  senses.endStart = () => {
    throw new Error("no memory");
  };
  see(begins, 100);
  nowS = 120;
  phases.tick();
  phases.tick();
  expect(said).toEqual(["3 ends, 0 told", expect.stringContaining("no memory")]);
});

test("where nobody learns the kernel forgets nothing", () => {
  phases = begun(false);
  see(begins, 100);
  overAt();
  expect(senses.startsEnded).toEqual([{ ended: [3], retell: [] }]);
});

test("what is repeated, denied or a runtime's makes no start longer", () => {
  see(begins, 100);
  see(opens("/a"), 104, { flags: ["every"] });
  see(opens("/a"), 105, { flags: ["setup"] });
  const decision = { facet: "file", action: "deny", uses: [], policy: 1 } as const;
  see(opens("/a"), 106, { decision });
  expect(overAt()).toBe(110);
});

test("one that ends in its start, or begins again, is another one", () => {
  see(begins, 100);
  see(ends, 105);
  senses.profiles.set(3, madeProfile({ generation: 2 }));
  see(begins, 109, { generation: 2 });
  expect(overAt()).toBe(119);
  senses.startsEnded.length = 0;
  senses.profiles.set(3, madeProfile({ generation: 3 }));
  see(begins, 130, { generation: 3 });
  expect(overAt()).toBe(140);
});

test("what its policy does not tell apart stays at its start until it does", () => {
  policies({ isApart: () => false });
  see(begins, 100);
  expect(overAt()).toBeUndefined();
  policies({ isApart: () => true });
  phases.tick();
  expect(senses.startsEnded).toHaveLength(1);
});

test("one that ran before is watched as if it was starting, unless it is old or was steady", () => {
  const adopted = { flags: ["adopted"] } as const;
  senses.profiles.set(3, madeProfile({ fromStart: false, oldestNs: 5n * second }));
  see(begins, 100, adopted);
  expect(overAt()).toBe(110);
  // It tells nothing of its start, and so it is not told again.
  expect([senses.startsEnded, said]).toEqual([[{ ended: [3], retell: [] }], []]);

  senses = new MadeSenses();
  senses.profiles.set(3, madeProfile({ fromStart: false, oldestNs: 5n * second }));
  phases = begun();
  see(begins, 700, adopted);
  expect(overAt()).toBe(700);

  senses = new MadeSenses();
  senses.profiles.set(3, madeProfile({ fromStart: false, oldestNs: 5n * second }));
  phases = begun();
  let asked = 0;
  policies({ wasSteady: () => (++asked > 2 ? true : undefined) });
  see(begins, 100, adopted);
  expect(overAt()).toBe(101);
});

test("the host's own slots have no start, and who is known to be steady is left alone", () => {
  senses.profiles.set(1, madeProfile({ slot: 1 }));
  see(begins, 100, { instance: 1 });
  senses.profiles.set(3, madeProfile({ isSteady: true }));
  see(begins, 100);
  expect(overAt()).toBeUndefined();
});
