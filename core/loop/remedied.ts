/** A remedy is given: what it changes, and where one is when it has helped. */
import { remedyOf, stepBackFrom, type Situation } from "./conditions.ts";
import type { Effect } from "./effect.ts";
import { remedyWords, type Remedy } from "./heal.ts";
import { mostCandidates, mostFaults, type Before, type Candidate, type Loop } from "./loop.ts";
import { symptomsOf } from "./symptoms.ts";

export interface Remedied {
  /** Undefined: the remedy is to learn again. */
  readonly loop: Loop | undefined;
  readonly effects: readonly Effect[];
  readonly does: string;
}

export function remedied(situation: Situation, causes: readonly string[]): Remedied {
  const { loop, world, verdict } = situation;
  const { healing } = loop;
  const remedy = remedyOf(situation);
  if (remedy === undefined || remedy === "relearn")
    return { loop: undefined, effects: [], does: remedyWords.relearn };
  const before = healing?.faults ?? [];
  const isFirst = healing === undefined;
  const isMore = situation.ask.kind === "rollback";
  const fresh = isMore ? verdict.faults.filter((fault) => !before.includes(fault)) : [];
  const faults = [...before, ...fresh];
  const known = counted(loop.faults, fresh);
  const again = fresh.filter((fault) => (known[fault] ?? 0) > 1);
  const tried = [...new Set([...(healing?.tried ?? []), remedy])];
  const { question: _asked, ...rest } = loop;
  return {
    loop: {
      ...rest,
      ...changeOf(remedy, faults, situation),
      phase: "Healing",
      before: { ...goalOf(remedy, situation), causes },
      healing: { remedy, sinceMs: world.nowMs, faults, tried },
      verdict: isFirst ? verdict : (loop.verdict ?? verdict),
      faults: known,
    },
    effects: again.length > 0 ? [{ do: "propose", behaviours: again }] : [],
    does: remedyWords[remedy],
  };
}

function goalOf(remedy: Remedy, { loop, world }: Situation): Omit<Before, "causes"> {
  if (remedy === "monitor") return { phase: "RolledBack", step: 0 };
  if (remedy === "step") return { phase: "Canary", step: stepBackFrom({ loop, world }) ?? 0 };
  const { phase, step } = (loop.healing && loop.before) ?? loop;
  return { phase, step };
}

function changeOf(
  remedy: Remedy,
  faults: readonly string[],
  { loop, world, settings }: Situation,
): Pick<Loop, "candidates"> | Pick<Loop, "loosened"> | undefined {
  const expiresMs = world.nowMs + settings.candidateMs;
  if (remedy === "admit") {
    const { nowMs: sinceMs } = world;
    return { candidates: admitted(loop.candidates, faults, { sinceMs, expiresMs }) };
  }
  if (remedy !== "facet") return undefined;
  const { facets } = symptomsOf(loop, world, faults);
  const others = loop.loosened.filter(({ facet }) => !facets.includes(facet));
  return { loosened: [...others, ...facets.map((facet) => ({ facet, expiresMs }))] };
}

function admitted(
  known: readonly Candidate[],
  faults: readonly string[],
  times: Omit<Candidate, "behaviour">,
): readonly Candidate[] {
  const others = known.filter(({ behaviour }) => !faults.includes(behaviour));
  const more = faults.map((behaviour) => ({ behaviour, ...times }));
  return [...others, ...more].slice(-mostCandidates);
}

function counted(
  faults: Readonly<Record<string, number>>,
  found: readonly string[],
): Readonly<Record<string, number>> {
  const others = Object.entries(faults).filter(([fault]) => !found.includes(fault));
  const again = found.map((fault) => [fault, (faults[fault] ?? 0) + 1] as const);
  return Object.fromEntries([...others, ...again].slice(-mostFaults));
}
