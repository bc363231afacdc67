/**
 * Loads what this kernel takes. A program that the probe promised and the kernel then refuses is
 * taken out with the reason, its next best place put in, and everything loaded anew.
 */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { BpfObject, kernelEnumValue, type BpfLink } from "@pahlevan/native";
import { again } from "./again.ts";
import { witnesses, type Fact, type Hook } from "./hooks.ts";
import { hooksOf, plan, programAt, type Ask, type Choice } from "./plan.ts";

export interface Loaded {
  readonly object: BpfObject;
  readonly choices: readonly Choice[];
  readonly hooks: ReadonlyMap<string, Hook>;
}

export interface Loading {
  readonly facts: readonly Fact[];
  readonly ask: Ask;
  /** Sizes and settings: before the kernel sees the object. */
  readonly configure: (object: BpfObject, choices: readonly Choice[]) => void;
  /** Fills what programs need: loaded, nothing attached. */
  readonly prepare: (object: BpfObject) => void;
  readonly attach: (object: BpfObject, hook: Hook) => BpfLink | undefined;
}

/** Another object is there for kernels before 5.17, whose verifier takes every turn of a loop. */
export function objectPath(): string {
  const name = judgesPaths() ? "sense.bpf.o" : "sense-bounded.bpf.o";
  return fileURLToPath(new URL(`../../build/bpf/${name}`, import.meta.url));
}

/** To walk what a policy lists takes bpf_loop. */
export function judgesPaths(): boolean {
  return kernelEnumValue("bpf_func_id", "BPF_FUNC_loop") !== undefined;
}

export interface Attached extends Loaded {
  readonly links: Map<string, BpfLink>;
}

export function load(loading: Loading): Attached {
  const refused = new Map<string, string>();
  for (;;) {
    const choices = plan(loading.facts, loading.ask, refused);
    if (hooksOf(choices).size === 0) throw sensesNothing(choices);
    try {
      return again(() => attempt(loading, { choices, hooks: hooksOf(choices) }));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const place = programAt(error.hook);
      if (refused.has(place)) throw error; // chosen again although refused: never, or this never ends
      refused.set(place, error.message);
    }
  }
}

/** An agent that sees nothing must not look like one that sees that nothing happens. */
function sensesNothing(choices: readonly Choice[]): Error {
  const [first] = choices.flatMap(({ refusals }) => refusals.map(({ why }) => why));
  return new Error(
    `the kernel takes none of Pahlevan's programs (${first ?? "no facet is on"}): ` +
      "see 'pahlevan debug system-capabilities'",
  );
}

/** One program at one place: the others may still be fine. */
class Refusal extends Error {
  readonly hook: Hook;

  constructor(hook: Hook, cause: unknown) {
    super(`${hook.program}: ${reasonOf(cause)}`, { cause });
    this.hook = hook;
  }
}

function attempt(loading: Loading, { choices, hooks }: Omit<Loaded, "object">): Attached {
  const object = new BpfObject(objectPath());
  try {
    choosePrograms(object, hooks);
    loading.configure(object, choices);
    blaming(
      () => object.load(),
      (error) => hooks.get(programIn(error)),
    );
    loading.prepare(object);
    const links = new Map<string, BpfLink>();
    for (const hook of inOrder(hooks)) {
      const link = blaming(
        () => again(() => loading.attach(object, hook)),
        () => hook,
      );
      if (link) links.set(hook.program, link);
    }
    return { object, choices, hooks, links };
  } catch (error) {
    object.close();
    throw error;
  }
}

function inOrder(hooks: ReadonlyMap<string, Hook>): Hook[] {
  const isWitness = ({ program }: Hook) => witnesses.includes(program);
  const all = [...hooks.values()];
  return [...all.filter((hook) => !isWitness(hook)), ...all.filter(isWitness)];
}

function blaming<Result>(step: () => Result, on: (error: unknown) => Hook | undefined): Result {
  try {
    return step();
  } catch (error) {
    const hook = on(error);
    throw hook ? new Refusal(hook, error) : error;
  }
}

/** Programs that run at nothing else than what they were compiled for. */
const asCompiled: ReadonlySet<Hook["kind"]> = new Set(["cgroup", "kprobe_multi"]);

function choosePrograms(object: BpfObject, hooks: ReadonlyMap<string, Hook>): void {
  for (const { name, section } of object.programs) {
    const hook = hooks.get(name);
    object.setAutoload(name, hook !== undefined);
    if (hook && !asCompiled.has(hook.kind) && section !== `${hook.kind}/${hook.target}`)
      object.retarget(name, hook.kind, hook.target);
  }
}

function programIn(error: unknown): string {
  return error instanceof Error && "program" in error && typeof error.program === "string"
    ? error.program
    : "";
}

/**
 * The verifier's last words tell more than its errno; where the object lies is nobody's business.
 */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const log = "log" in error && typeof error.log === "string" ? error.log : "";
  const words = log.split("\n").findLast((line) => line !== "" && !line.startsWith("processed "));
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  if (words !== undefined) return `${code}: ${words}`;
  return error.message.replaceAll(dirname(objectPath()), "");
}
