/** Which programs to load: for each fact the first candidate whose hooks the kernel takes. */
import { kindValues } from "./layout.gen.ts";
import { standIns, type Candidate, type Fact, type Hook } from "./hooks.ts";

/** What is asked of the kernel. Why not, in words; undefined for "it takes it". */
export type Ask = (hook: Hook) => string | undefined;

/** A place that was tried before the chosen one, and why it is none. */
export interface Refusal {
  readonly candidate: Candidate;
  readonly why: string;
}

export interface Choice {
  readonly fact: Fact;
  readonly candidate: Candidate | undefined;
  readonly refusals: readonly Refusal[];
}

/** `refused`: programs that the kernel would not load or attach after all, with its reason. */
export function plan(
  facts: readonly Fact[],
  ask: Ask,
  refused: ReadonlyMap<string, string> = new Map(),
): Choice[] {
  const choices: Choice[] = [];
  for (const fact of facts)
    choices.push(choose(fact, (hook) => refused.get(programAt(hook)) ?? ask(hook), choices));
  return choices;
}

/** A program is refused at one place, and may be taken at another: as fentry, if not as LSM. */
export function programAt({ program, kind, target }: Hook): string {
  return `${program} at ${kind}/${target}`;
}

function choose(fact: Fact, whyNot: Ask, before: readonly Choice[]): Choice {
  const refusals: Refusal[] = [];
  for (const candidate of fact.candidates) {
    const why =
      notAlone(candidate, before) ??
      candidate.hooks.map(whyNot).find((reason) => reason !== undefined);
    if (why === undefined) return { fact, candidate, refusals };
    refusals.push({ candidate, why });
  }
  return { fact, candidate: undefined, refusals };
}

function notAlone({ tier, onlyWith }: Candidate, before: readonly Choice[]): string | undefined {
  if (onlyWith === undefined) return undefined;
  const other = before.find(({ fact }) => fact.name === onlyWith)?.candidate;
  return other?.tier === tier ? undefined : `it would tell ${onlyWith} a second time`;
}

/** Each program once, with where it goes. */
export function hooksOf(choices: readonly Choice[]): Map<string, Hook> {
  const hooks = new Map<string, Hook>();
  for (const { candidate } of choices)
    for (const hook of candidate?.hooks ?? []) hooks.set(hook.program, hook);
  return hooks;
}

/** The kinds that programs which see more than one are to tell, a bit each. */
export function standInKinds(choices: readonly Choice[]): bigint {
  let bits = 0n;
  for (const { fact, candidate } of choices)
    if (candidate?.hooks.some(({ program }) => standIns.includes(program)))
      for (const kind of fact.kinds) bits |= 1n << BigInt(kindValues[kind]);
  return bits;
}
