/** What is to be done because the loop has moved: data, carried out at the edge. */
import type { Phase } from "./phase.ts";
import type { SignalKind } from "./signal.ts";
import type { Transition } from "./loop.ts";

export type Effect =
  /** Written down, told, annotated, counted. */
  | { readonly do: "tell"; readonly transition: Transition }
  /** Somebody is to look at once. */
  | { readonly do: "page"; readonly says: string }
  /** No remedy has helped. */
  | { readonly do: "fail"; readonly says: string }
  /** A person is to decide. */
  | { readonly do: "ask"; readonly says: string }
  /** Behaviours at fault more than once: for the policy's author. */
  | { readonly do: "propose"; readonly behaviours: readonly string[] }
  /** What became of a signal. */
  | {
      readonly do: "answer";
      readonly occurrence: string;
      readonly kind: SignalKind;
      readonly outcome: "accepted" | "ignored" | "refused" | "held";
      readonly says: string;
    };

/** From the least in force to the most. */
const strictness: readonly Phase[] = [
  "Emergency",
  "Pending",
  "Learning",
  "Review",
  "RolledBack",
  "Canary",
  "Healing",
  "Enforcing",
  "Quarantine",
];

/** Undefined where nothing more or less is refused after it. */
export function directionOf(
  { from, to, step }: Pick<Transition, "from" | "to" | "step">,
  fromStep: number,
): "looser" | "tighter" | undefined {
  if (from === "Suspended" || to === "Suspended") return undefined;
  const [before, after] = [strictness.indexOf(from), strictness.indexOf(to)];
  const change = after - before || (to === "Canary" ? step - fromStep : 0);
  // A remedy loosens, though its phase's name is a stricter one than Canary.
  if (to === "Healing") return "looser";
  if (from === "Healing" && to !== "Learning" && to !== "RolledBack") return undefined;
  return change === 0 ? undefined : change > 0 ? "tighter" : "looser";
}
