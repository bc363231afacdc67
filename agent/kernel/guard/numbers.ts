/**
 * What is one of few (a system call, a capability, an operation) as bitmaps: each number is judged
 * here, once, by core's own judge.
 */
import type { Act, JudgedFacet, PlainFacet } from "@pahlevan/core/policy/compile/act.ts";
import type { Compiled, PlainEntry } from "@pahlevan/core/policy/compile/compiled.ts";
import { judge, type Phase } from "@pahlevan/core/policy/compile/judge.ts";
import { limitValues, operationValues, type phaseValues } from "../layout.gen.ts";
import { ringOperations } from "../names/names.gen.ts";
import { bpfCommandName, capabilityName, ringOperationName } from "../names/names.ts";
import type { Remarks } from "./remarks.ts";

/** Names of system calls by their numbers: of this architecture, and of its 32-bit programs. */
export interface CallNames {
  readonly native: Readonly<Record<number, string>>;
  readonly compat: Readonly<Record<number, string>>;
}

export type Phased<T> = Readonly<Record<Phase, T>>;
export const phases = ["start", "steady"] as const satisfies readonly (keyof typeof phaseValues)[];

export interface Numbers {
  readonly denied: bigint;
  readonly told: bigint;
}

/** Sixty-four are few. */
const FEW = 64;

const operationNames = new Map<number, string>(
  Object.entries(operationValues).map(([name, number]) => [number, name]),
);

/** The names that a number of a facet has; more than one where only its lower six bits count. */
const namesOf: Readonly<Record<PlainFacet, (number: number) => readonly string[]>> = {
  credential: operationName,
  mount: operationName,
  ptrace: operationName,
  bpf: (number) => [bpfCommandName(number)],
  // Modules have names and no numbers: all of them are one.
  module: () => ["module"],
  namespace: operationName,
  io_uring: (number) =>
    [number, number + FEW]
      .filter((each) => each < FEW || each in ringOperations)
      .map(ringOperationName),
};

function operationName(number: number): readonly string[] {
  return [operationNames.get(number) ?? `operation_${number}`];
}

export type NumberFacet = "capability" | PlainFacet;
export const numberFacets = [
  ...["capability", "credential", "mount", "ptrace", "bpf", "module", "namespace", "io_uring"],
] as const satisfies readonly NumberFacet[];

export function numbersOf(compiled: Compiled, facet: NumberFacet): Phased<Numbers> {
  const acts = (number: number): readonly Act[] =>
    facet === "capability"
      ? [{ facet, name: capabilityName(number) }]
      : namesOf[facet](number).map((object) => ({ facet, object }));
  return eachPhase((phase) => {
    let [denied, told] = [0n, 0n];
    for (let number = 0; number < FEW; number++) {
      const outcomes = acts(number).map((act) => judge(compiled, act, phase).outcome);
      if (outcomes.includes("deny")) denied |= 1n << BigInt(number);
      else if (outcomes.includes("tell")) told |= 1n << BigInt(number);
    }
    return { denied, told };
  });
}

/**
 * Bit by number; what is told of is not part of it, the kernel tells of every first call anyway.
 */
export function deniedCalls(compiled: Compiled, names: CallNames): Record<Table, Phased<bigint>> {
  const denied = (table: Table) =>
    eachPhase((phase) => {
      let bits = 0n;
      for (let number = 0; number < limitValues.syscalls; number++) {
        const name = names[table][number] ?? `syscall_${number}`;
        const compat = table === "compat" ? { compat: true as const } : {};
        const { outcome } = judge(compiled, { facet: "syscall", name, ...compat }, phase);
        if (outcome === "deny") bits |= 1n << BigInt(number);
      }
      return bits;
    });
  return { native: denied("native"), compat: denied("compat") };
}
type Table = keyof CallNames;

function eachPhase<T>(make: (phase: Phase) => T): Phased<T> {
  return { start: make("start"), steady: make("steady") };
}

/** One object of an operation stands for the whole operation: the kernel is asked for no more. */
export function widened(compiled: Compiled, remarks: Remarks): Compiled {
  const { tables } = compiled;
  const wide = (facet: PlainFacet) => ({
    ...tables[facet],
    entries: tables[facet].entries.map((entry) => widest(entry, facet, remarks)),
  });
  return {
    ...compiled,
    tables: {
      ...tables,
      credential: wide("credential"),
      mount: wide("mount"),
      ptrace: wide("ptrace"),
      bpf: wide("bpf"),
      module: wide("module"),
      namespace: wide("namespace"),
      io_uring: wide("io_uring"),
    },
  };
}

function widest(entry: PlainEntry, facet: PlainFacet, remarks: Remarks): PlainEntry {
  const { match } = entry;
  if (!("object" in match)) return entry;
  const [operation = ""] = match.object.split(" ", 1);
  const match_ = { operation: facet === "module" ? "*" : operation };
  if (match_.operation !== match.object) remarks.widened(facet, wideText[facet], entry);
  return { ...entry, match: match_ };
}

const ofOperation = "held for its operation with whatever object";
const wideText: Readonly<Record<PlainFacet & JudgedFacet, string>> = {
  credential: ofOperation,
  mount: ofOperation,
  ptrace: ofOperation,
  bpf: ofOperation,
  module: "held for any module",
  namespace: ofOperation,
  io_uring: ofOperation,
};
