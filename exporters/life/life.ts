/**
 * A policy's life with a workload as one trace: a span for the whole, and one for each stay in a
 * phase (of the canary: in a step), told when it ends.
 */
import type { Loop, Transition } from "@pahlevan/core/loop/loop.ts";
import type { Phase } from "@pahlevan/core/loop/phase.ts";
import type { Line, SpanLine, Trace } from "../record.ts";
import { hexOf, rootSpanIdOf, staySpanIdOf, traceIdOf, type Place } from "./ids.ts";

/** Whatever happens now happens in this span, which is told when the loop leaves the phase. */
export function spanNow(place: Place, loop: Loop): Trace {
  const traceId = traceIdOf(place, loop);
  return { traceId, spanId: staySpanIdOf(traceId, loop.transitions.at(-1)) };
}

/**
 * What a transition tells, the record first: of the loop as it is after it (or after further ones).
 * The stay that it ends follows; with the first one, the life as well, so that a trace that is
 * looked at has its root while the policy lives.
 */
export function linesOfTransition(
  place: Place,
  transition: Transition,
  why: string,
  loop: Loop,
): readonly Line[] {
  const traceId = traceIdOf(place, loop);
  const began = before(transition, loop);
  const { from, to, step, atMs, signal, cause, does } = transition;
  const isFirst = began === undefined && from === "Pending";
  return [
    {
      id: idOf("transition", traceId, [from, to, step, atMs]),
      event: "pahlevan.loop.transition",
      ...placed(place, atMs),
      from,
      to,
      step,
      signal,
      does,
      why,
      cause,
      trace: { traceId, spanId: staySpanIdOf(traceId, began) },
    },
    stay(place, loop, { began, phase: from, endMs: atMs, ended: transition }),
    ...(isFirst ? [root(place, loop, atMs)] : []),
  ];
}

/** The workload is gone, or its policy: what it was in ends here. */
export function lineOfEnd(place: Place, loop: Loop, endMs: number): Line {
  return stay(place, loop, {
    began: loop.transitions.at(-1),
    phase: loop.phase,
    endMs,
    ended: undefined,
  });
}

interface Stay {
  readonly began: Transition | undefined;
  readonly phase: Phase;
  readonly endMs: number;
  readonly ended: Transition | undefined;
}

function stay(place: Place, loop: Loop, { began, phase, endMs, ended }: Stay): Line & SpanLine {
  const traceId = traceIdOf(place, loop);
  const spanId = staySpanIdOf(traceId, began);
  const beganMs = Math.min(began?.atMs ?? loop.bornMs ?? endMs, endMs);
  const failed = ended && isFailure(ended, began) ? ended.does : undefined;
  return {
    id: idOf("span", traceId, [spanId]),
    event: "span",
    ...placed(place, endMs),
    name: nameOf(phase),
    span: { traceId, spanId, parentSpanId: rootSpanIdOf(traceId) },
    startTime: timeOf(beganMs),
    ...(failed !== undefined && { failed }),
    attributes: {
      "pahlevan.loop.phase": phase,
      ...(began && { "pahlevan.loop.from": began.from, "pahlevan.loop.step": began.step }),
      ...(ended && { "pahlevan.loop.to": ended.to, "pahlevan.loop.signal": ended.signal }),
    },
  };
}

function root(place: Place, loop: Loop, endMs: number): Line & SpanLine {
  const traceId = traceIdOf(place, loop);
  return {
    id: idOf("span", traceId, ["root"]),
    event: "span",
    ...placed(place, endMs),
    name: "pahlevan.policy",
    span: { traceId, spanId: rootSpanIdOf(traceId) },
    startTime: timeOf(Math.min(loop.bornMs ?? endMs, endMs)),
    attributes: {},
  };
}

/** "RolledBack": "pahlevan.policy.rolled_back" */
export function nameOf(phase: Phase): string {
  return `pahlevan.policy.${phase.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase()}`;
}

/** What was tried has not held, and nobody has just said that it is to end. */
function isFailure({ from, to, step, cause }: Transition, began: Transition | undefined): boolean {
  if (cause.source === "operator") return false;
  if (from !== "Canary" && from !== "Enforcing" && from !== "Healing") return false;
  const isBack = to === "Canary" && (from === "Enforcing" || step < (began?.step ?? 0));
  return to === "Healing" || to === "RolledBack" || (isBack && from !== "Healing");
}

/** Loops keep their newest transitions: the one before the oldest of them is forgotten. */
function before(transition: Transition, { transitions }: Loop): Transition | undefined {
  const at = transitions.findLastIndex((each) => isSame(each, transition));
  return at > 0 ? transitions[at - 1] : undefined;
}

function isSame(a: Transition, b: Transition): boolean {
  return a === b || (a.atMs === b.atMs && a.from === b.from && a.to === b.to && a.step === b.step);
}

function placed({ namespace, policy, workload }: Place, atMs: number) {
  return { time: timeOf(atMs), namespace, policy, workload };
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}

function idOf(sort: string, traceId: string, parts: readonly (string | number)[]): string {
  return `${sort}-${hexOf([traceId, ...parts], 8)}`;
}
