/** When system calls are watched: at once for who needs it, and not on and off. */
import { beforeEach, expect, it } from "vitest";
import { CallsWatched } from "./calls-watched.ts";
import { madeIdentity, MadeSenses } from "./made.ts";

const begins = { cgroupId: 7n, flags: [] } as const;

let senses: MadeSenses;
let calls: CallsWatched;
let lines: string[];
/** "end" where learning is told so, in its place among what the kernel is told. */
let order: string[];
let identity: typeof madeIdentity;
let waiting: number;
let isAskedFor: boolean;
let learnedFor: string | undefined;
let judgedFor: string | undefined;
let learned: string | undefined;
let known: ReadonlySet<string>;

beforeEach(() => {
  senses = new MadeSenses();
  lines = [];
  order = [];
  identity = madeIdentity;
  waiting = 0;
  isAskedFor = false;
  learnedFor = undefined;
  judgedFor = undefined;
  learned = undefined;
  known = new Set();
  const watch = senses.watchCalls;
  senses.watchCalls = (does) => {
    order.push(does ? "on" : "off");
    watch(does);
  };
  const guard = senses.guardCalls;
  senses.guardCalls = (does) => {
    if (does !== senses.guardsCalls) order.push(does ? "guard" : "no guard");
    return guard(does);
  };
  calls = new CallsWatched({
    senses,
    learning: {
      learnsCalls: () => learned,
      knowsCalls: ({ workload }) => known.has(workload),
      callsEnd: () => void order.push("end"),
    },
    identityOf: () => identity,
    waiting: () => waiting,
    isAskedFor: () => isAskedFor,
    learnedFor: () => learnedFor,
    judgedFor: () => judgedFor,
    log: {
      info: (says: unknown) => void lines.push(String(says)),
      warn: (says: unknown) => void lines.push(String(says)),
    },
  });
});

function rest(): void {
  calls.tick();
  calls.tick();
}

it("ends once nobody has needed it twice, after those who learn have read what was counted", () => {
  calls.tick();
  expect(senses.watchesCalls).toBe(true);
  calls.tick();
  expect(senses.watchesCalls).toBe(false);
  expect(order).toEqual(["end", "off"]);
  expect(lines).toEqual(["system calls are watched no more: what everybody calls is learned"]);
  rest();
  expect(order).toHaveLength(2);
});

it.each([
  ["a workload is not learned", () => (learned = "host/web")],
  ["a policy looks at them", () => (judgedFor = "host/web")],
  ["a policy learns them", () => (learnedFor = "host/web")],
  ["somebody asks for every call", () => (isAskedFor = true)],
  ["somebody has no name yet", () => (waiting = 1)],
])("goes on while %s, and is there again when it is so again", (_, need) => {
  need();
  rest();
  rest();
  expect(order).toEqual([]);
  [learned, judgedFor, learnedFor] = [undefined, undefined, undefined];
  [isAskedFor, waiting] = [false, 0];
  rest();
  expect(senses.watchesCalls).toBe(false);
  need();
  calls.tick();
  expect(senses.watchesCalls).toBe(true);
  expect(lines).toHaveLength(2);
});

it("counts anew from each time that it was needed", () => {
  calls.tick();
  learned = "host/web";
  calls.tick();
  learned = undefined;
  calls.tick();
  expect(senses.watchesCalls).toBe(true);
});

it("begins at once with an instance whose calls are not learned", () => {
  rest();
  calls.began(begins);
  expect(senses.watchesCalls).toBe(true);
  expect(lines.at(-1)).toContain("web began");
});

it("begins at once with an instance that has no name yet", () => {
  rest();
  identity = { ...madeIdentity, complete: false };
  calls.began(begins);
  expect(senses.watchesCalls).toBe(true);
});

it("does not begin for who is learned, for who is no workload, nor for who was there before", () => {
  rest();
  known = new Set(["web"]);
  calls.began(begins);
  known = new Set();
  identity = { ...madeIdentity, kind: "host" };
  calls.began(begins);
  identity = madeIdentity;
  calls.began({ ...begins, flags: ["adopted"] });
  expect(senses.watchesCalls).toBe(false);
});

it("begins at once for who asks for every call, and not for who asks for others", () => {
  rest();
  calls.asked();
  expect(senses.watchesCalls).toBe(false);
  isAskedFor = true;
  calls.asked();
  expect(senses.watchesCalls).toBe(true);
});

it("says when it cannot be had: to a policy by failing, else in the log", () => {
  rest();
  senses.watchCalls = () => {
    throw new Error("EPERM");
  };
  calls.began(begins);
  expect(lines.at(-1)).toMatch(/not watched, though web began.*: EPERM$/);
  expect(() => calls.watch("a policy looks at them")).toThrow("EPERM");
});

it("stops what policies deny at its functions, before the entry is watched no more", () => {
  senses.canGuardCalls = true;
  judgedFor = "host/web";
  rest();
  expect(order).toEqual(["guard", "end", "off"]);
  expect(lines).toEqual([
    "system calls are watched no more: what everybody calls is learned; " +
      "what policies deny is stopped at 1 functions of the kernel",
  ]);
  rest();
  expect(order).toHaveLength(3);
});

it("watches the entry again before a policy changes that looks at them, and then guards anew", () => {
  senses.canGuardCalls = true;
  judgedFor = "host/web";
  rest();
  calls.watch("a policy looks at them");
  expect(order).toEqual(["guard", "end", "off", "on", "no guard"]);
  rest();
  expect(order.slice(5)).toEqual(["guard", "end", "off"]);
});

it("guards no more once no policy looks at them", () => {
  senses.canGuardCalls = true;
  judgedFor = "host/web";
  rest();
  judgedFor = undefined;
  calls.tick();
  expect(order.at(-1)).toBe("no guard");
  expect(senses.watchesCalls).toBe(false);
});

it("stays at the entry, and says why, where the kernel does not take what it seemed to", () => {
  senses.canGuardCalls = true;
  judgedFor = "host/web";
  senses.guardCalls = (does) => {
    if (does) throw new Error("ESRCH");
    return 0;
  };
  rest();
  rest();
  expect(senses.watchesCalls).toBe(true);
  expect(order).toEqual([]);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/stay watched while policies look at them: .*ESRCH$/);
});
