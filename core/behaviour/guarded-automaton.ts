/**
 * The same question (guarded.ts) as an automaton: a path is read once, byte by byte, whatever there
 * is to ask of it. For the kernel, which has no expressions.
 */
import { guarded } from "./guarded.ts";

export interface Automaton {
  /** By byte: what no glob tells apart is one class. */
  readonly classOf: Uint8Array;
  readonly classes: number;
  /** By state, a row for each, and class: the next state. A path begins in state 0. */
  readonly next: readonly number[];
  /** By state: a path that ends here is guarded. */
  readonly isGuarded: readonly boolean[];
}

/** What a glob takes next. */
type Step = number | "*" | "**";

/** Where one is after some steps; globs that begin alike share their places. */
interface Place {
  /** What it takes and stays: letters of this name, or all that is left of the name inside `**`. */
  readonly stays?: "letters" | "inside";
  /** Before the next name of a `**`: a slash leads inside it. */
  readonly inside?: Place;
  readonly steps: Map<Step, Place>;
  /** Where one is as well without a further byte. */
  readonly also: Place[];
  /** Globs that end here, by their guards. */
  readonly holds: Set<number>;
  readonly takesBack: Set<number>;
  /** Guards whose globs may still end here or further on. */
  readonly guards: Set<number>;
  readonly buts: Set<number>;
  /** Some of them may take a further name. */
  leadsOn: boolean;
}

type State = ReadonlySet<Place>;

const SLASH = 0x2f;
const OTHER = 0;

export function guardedAutomaton(): Automaton {
  const root = place();
  for (const [guard, { globs, but = [] }] of guarded.entries()) {
    for (const glob of globs) write(root, glob, guard, false);
    for (const glob of but) write(root, glob, guard, true);
  }
  const numbers = new Map<Place, number>();
  const numberOf = (each: Place) => {
    const number = numbers.get(each) ?? numbers.size;
    numbers.set(each, number);
    return number;
  };
  const states: State[] = [];
  const known = new Map<string, number>();
  const numberOfState = (some: Iterable<Place>): number => {
    const state = simplest(reached(some));
    const name = [...state]
      .map(numberOf)
      .toSorted((a, b) => a - b)
      .join(" ");
    const number = known.get(name) ?? states.push(state) - 1;
    known.set(name, number);
    return number;
  };
  const bytes = [OTHER, ...bytesIn(root)];
  numberOfState([root]);
  const next: number[] = [];
  for (let number = 0; number < states.length; number++)
    for (const byte of bytes) next.push(numberOfState(after(states[number] ?? new Set(), byte)));
  const classOf = Uint8Array.from({ length: 256 }, (_, byte) => {
    const isCapital = byte >= 0x41 && byte <= 0x5a;
    return Math.max(bytes.indexOf(isCapital ? byte | 0x20 : byte), 0);
  });
  return { classOf, classes: bytes.length, next, isGuarded: states.map(isGuardedIn) };
}

function place(more: Pick<Place, "stays" | "inside"> = {}): Place {
  const sets = { holds: new Set<number>(), takesBack: new Set<number>() };
  const further = { guards: new Set<number>(), buts: new Set<number>(), leadsOn: false };
  return { ...more, ...sets, ...further, steps: new Map(), also: [] };
}

function write(root: Place, glob: string, guard: number, isBut: boolean): void {
  const steps = glob.slice(1).split("/").flatMap(stepsOf);
  const way = [root];
  let at = root;
  for (const step of steps) {
    at = at.steps.get(step) ?? grown(at, step);
    way.push(at);
  }
  (isBut ? at.takesBack : at.holds).add(guard);
  for (const [taken, each] of way.entries()) {
    const leadsOn = steps.slice(taken).some((step) => step === SLASH || step === "**");
    for (const one of each.inside ? [each, each.inside] : [each]) {
      one.guards.add(guard);
      if (isBut) one.buts.add(guard);
      one.leadsOn ||= leadsOn || each.inside !== undefined;
    }
  }
}

function stepsOf(name: string): Step[] {
  if (name === "**") return ["**"];
  return [SLASH, ...Array.from(name, (each) => (each === "*" ? each : each.charCodeAt(0)))];
}

function grown(at: Place, step: Step): Place {
  const inside = step === "**" ? place({ stays: "inside" }) : undefined;
  const made = place({ ...(step === "*" && { stays: "letters" }), ...(inside && { inside }) });
  inside?.also.push(made);
  at.steps.set(step, made);
  if (typeof step !== "number") at.also.push(made);
  return made;
}

function bytesIn(root: Place): Set<number> {
  const bytes = new Set<number>();
  const all = new Set([root]);
  for (const { steps } of all)
    for (const [step, to] of steps) {
      if (typeof step === "number") bytes.add(step);
      all.add(to);
    }
  return bytes;
}

function reached(some: Iterable<Place>): Set<Place> {
  const all = new Set(some);
  for (const { also } of all) for (const each of also) all.add(each);
  return all;
}

function after(state: State, byte: number): Place[] {
  return [...state].flatMap((each) => {
    const { stays, inside, steps } = each;
    const to = steps.get(byte);
    return [
      ...(to ? [to] : []),
      ...(inside && byte === SLASH ? [inside] : []),
      ...(stays && byte !== SLASH ? [each] : []),
    ];
  });
}

/** Guarded for the rest of the name, or whatever follows. */
const named = place({ stays: "letters" });
named.holds.add(-1);
const settled = place({ stays: "letters" });
settled.holds.add(-1);
settled.steps.set(SLASH, settled);

/**
 * Without what does not matter any more, else there would be a state for each set of words that a
 * path can hold: a `but` that holds for good ends its guard; a guard that holds for good, and
 * cannot be taken back, ends the question; and one that holds for the rest of a name leaves only
 * what may take a further one.
 */
function simplest(state: State): State {
  const over = new Set(
    [...state].flatMap(({ stays, also }) =>
      stays === "inside" ? also.flatMap(({ takesBack }) => [...takesBack]) : [],
    ),
  );
  const alive = [...state].filter(({ guards, holds }) => {
    return holds.has(-1) || [...guards].some((guard) => !over.has(guard));
  });
  const mayTakeBack = new Set(alive.flatMap(({ buts }) => [...buts]));
  const stands = (holds: ReadonlySet<number>) =>
    [...holds].some((guard) => !mayTakeBack.has(guard) && !over.has(guard));
  const isSettled = ({ stays, also }: Place) =>
    stays === "inside" && also.some(({ holds }) => stands(holds));
  if (alive.includes(settled) || alive.some(isSettled)) return new Set([settled]);
  if (!alive.some(({ stays, holds }) => stays === "letters" && stands(holds)))
    return new Set(alive);
  return new Set([named, ...alive.filter(({ leadsOn }) => leadsOn)]);
}

function isGuardedIn(state: State): boolean {
  const takenBack = new Set([...state].flatMap(({ takesBack }) => [...takesBack]));
  return [...state].some(({ holds }) => [...holds].some((guard) => !takenBack.has(guard)));
}
