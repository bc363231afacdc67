/**
 * The reference: what tables say of an act, one entry after the other. Slow and plain on purpose,
 * because the kernel, which looks up instead, is tested against it.
 */
import { isRuntimeSocket } from "../../behaviour/runtime-socket.ts";
import type { Mode, Unlisted } from "../policy.ts";
import type { Act, JudgedFacet } from "./act.ts";
import { ranks, type Compiled, type Entry, type ExecEntry, type Rank } from "./compiled.ts";
import { fileMatches, holdsPath, nameMatches, networkMatches, plainMatches } from "./match.ts";

/** What an instance is in: what belongs to its start alone is allowed only there. */
export type Phase = "start" | "steady";

export interface Verdict {
  readonly facet: JudgedFacet;
  /** `tell`: let through and told of (defaultAction: audit). */
  readonly outcome: "allow" | "tell" | "deny";
  readonly by: Rank | "unlisted" | "unclear";
  /** The entry that decided, where one did. */
  readonly entry?: Entry;
  readonly mode: Mode;
  /** What is done about it, in this mode. */
  readonly action: "allow" | "alert" | "deny";
}

export function judge(compiled: Compiled, act: Act, phase: Phase = "steady"): Verdict {
  const facet = facetOf(act);
  const mode = compiled.modes[facet];
  const { unlisted, entries } = compiled.tables[facet];
  if ("unclear" in act && act.unclear) {
    const outcome = outcomeOfUnclear(unlisted, entries);
    return { facet, outcome, by: "unclear", mode, action: actionOf(outcome, mode) };
  }
  const [strongest] = decisive(compiled, act, phase);
  const outcome = outcomeOf(strongest, unlisted);
  return {
    facet,
    outcome,
    by: strongest?.rule.rank ?? "unlisted",
    ...(strongest && { entry: strongest }),
    mode,
    action: actionOf(outcome, mode),
  };
}

/** No entry can be asked. It may be one of the denied, so that it never passes in silence. */
function outcomeOfUnclear(unlisted: Unlisted, entries: readonly Entry[]): Verdict["outcome"] {
  if (unlisted === "deny") return "deny";
  return entries.some(({ rule }) => rule.rank === "deny") ? "tell" : outcomeOf(undefined, unlisted);
}

/** Reaching a container runtime is another thing than speaking with a neighbour. */
function facetOf(act: Act): JudgedFacet {
  return act.facet === "network" && "path" in act && isRuntimeSocket(act.path)
    ? "runtime_socket"
    : act.facet;
}

/** Every entry that speaks of the act and decides it, the strongest first. */
export function decisive(compiled: Compiled, act: Act, phase: Phase): Entry[] {
  if ("unclear" in act && act.unclear) return [];
  return speaking(compiled, act, phase).toSorted((a, b) => strength(a) - strength(b));
}

function speaking({ tables }: Compiled, act: Act, phase: Phase): readonly Entry[] {
  const holdsNow = ({ rule }: Entry) => phase === "start" || rule.startOnly !== true;
  switch (act.facet) {
    case "exec":
      return programs(tables.exec.entries.filter(holdsNow), act);
    case "file":
      return tables.file.entries.filter((entry) => holdsNow(entry) && fileMatches(entry, act));
    case "network": {
      const { entries } = facetOf(act) === "network" ? tables.network : tables.runtime_socket;
      return entries.filter((entry) => holdsNow(entry) && networkMatches(entry, act));
    }
    case "syscall":
    case "capability":
      return tables[act.facet].entries.filter(
        (entry) => holdsNow(entry) && nameMatches(entry, act),
      );
    default:
      return tables[act.facet].entries.filter(
        (entry) => holdsNow(entry) && plainMatches(entry, act.object),
      );
  }
}

/**
 * A script is two programs, and each has to be allowed: unless the pair was learned. Who may be the
 * interpreter of one script may not run whatever else it likes.
 */
function programs(
  entries: readonly ExecEntry[],
  { path, script, deleted }: Extract<Act, { readonly facet: "exec" }>,
): readonly Entry[] {
  // A removed file's path may name another by now: it can deny, and grants nothing.
  const counts = ({ rule }: ExecEntry) => rule.rank === "deny" || !deleted || !path.startsWith("/");
  const alone = (wanted: string) =>
    entries.filter(
      (entry) => entry.script === undefined && counts(entry) && holdsPath(entry.where, wanted),
    );
  const interpreter = alone(path);
  if (script === undefined) return interpreter;
  const itself = alone(script);
  const denies = [...interpreter, ...itself].filter(({ rule }) => rule.rank === "deny");
  const pair = entries.filter(
    (entry) => entry.script === script && counts(entry) && holdsPath(entry.where, path),
  );
  return [...denies, ...pair, ...weaker(interpreter, itself)];
}

/** Both are needed, so that the pair is as strong as the weaker one. */
function weaker(a: readonly Entry[], b: readonly Entry[]): readonly Entry[] {
  const granting = (entries: readonly Entry[]) =>
    entries
      .filter(({ rule }) => rule.rank !== "deny")
      .toSorted((x, y) => strength(x) - strength(y));
  const [ofA, ofB] = [granting(a), granting(b)];
  const [bestA, bestB] = [ofA[0], ofB[0]];
  if (bestA === undefined || bestB === undefined) return [];
  return strength(bestA) >= strength(bestB) ? ofA : ofB;
}

function strength({ rule }: Entry): number {
  return ranks.indexOf(rule.rank);
}

function outcomeOf(entry: Entry | undefined, unlisted: Unlisted): Verdict["outcome"] {
  if (entry !== undefined) return entry.rule.rank === "deny" ? "deny" : "allow";
  return unlisted === "audit" ? "tell" : unlisted;
}

function actionOf(outcome: Verdict["outcome"], mode: Mode): Verdict["action"] {
  if (outcome !== "deny" || mode === "off" || mode === "monitor") return "allow";
  return mode === "enforce" ? "deny" : "alert";
}
