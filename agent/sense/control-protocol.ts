/**
 * What `observe` and `debug` say to a running agent over its control socket: one JSON request, then
 * lines of JSON.
 */
import { signalKinds, type SignalKind, type Target } from "@pahlevan/core/loop/signal.ts";
import { facets, kinds, type Facet, type Kind } from "@pahlevan/core/behaviour/event.ts";
import { labels } from "../workload/runtimes/json.ts";
import { isContainerId } from "../workload/runtimes/source.ts";
import { everything, type Filter } from "./filter.ts";

export type Request =
  | { readonly observe: Filter; readonly sinceStart: boolean }
  | { readonly status: true }
  | { readonly hold: StartingContainer }
  | { readonly move: Move };

/** An operator moves a loop. */
export interface Move {
  readonly kind: SignalKind;
  readonly target: Target;
  /** Who. */
  readonly by: string;
  readonly reason: string;
  readonly all: boolean;
}

/** The answer: what became of it, by workload. */
export interface Moved {
  readonly workload: string;
  readonly policy: string;
  readonly outcome: string;
  readonly says: string;
}

/** A container whose first process waits for a hook of its runtime to end. */
export interface StartingContainer {
  readonly pid: number;
  readonly id: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The answer: who holds it now. */
export interface HoldAnswer {
  readonly workload: string;
  /** Empty where none selects it. */
  readonly policy: string;
  readonly phase: string;
}

/** A line that is no event: some were left out here. */
export interface Skipped {
  readonly event: "pahlevan.observe.skipped";
  readonly count: number;
}

/** The agent's first line to an observer. */
export interface Hello {
  readonly event: "pahlevan.observe.hello";
  readonly version: string;
  readonly pid: number;
  /** First sights since the agent's start that its journal has forgotten. */
  readonly forgotten: number;
}

/** Longer requests are refused. */
export const requestBytes = 64 * 1024;
const listLimit = 256;

/** Throws a sentence for the client when it is no request of ours. */
export function parseRequest(line: string): Request {
  const request: unknown = JSON.parse(line);
  if (!isRecord(request)) throw new Error("a request is a JSON object");
  if (request["status"] === true) return { status: true };
  if (isRecord(request["hold"])) return { hold: startingContainer(request["hold"]) };
  if (isRecord(request["move"])) return { move: moveIn(request["move"]) };
  const { observe, sinceStart } = request;
  if (!isRecord(observe)) throw new Error("a request has 'observe', 'hold', 'move' or 'status'");
  const known = new Set(Object.keys(everything));
  const unknown = Object.keys(observe).find((name) => !known.has(name));
  if (unknown !== undefined) throw new Error(`observe: unknown field '${unknown}'`);
  return {
    sinceStart: sinceStart === true,
    observe: {
      workloads: strings(observe, "workloads"),
      namespaces: strings(observe, "namespaces"),
      facets: strings(observe, "facets").map(asFacet),
      kinds: strings(observe, "kinds").map(asKind),
      every: strings(observe, "every").map(asKind),
      decisions: observe["decisions"] === true,
    },
  };
}

function moveIn({ kind, target, by, reason, all }: Record<string, unknown>): Move {
  const known = signalKinds.find((each) => each === kind);
  if (known === undefined) throw new Error(`move.kind: one of ${signalKinds.join(", ")}`);
  if (!isRecord(target)) throw new Error("move.target: whom it is for");
  const named = (name: "namespace" | "policy" | "workload") => {
    const value = target[name];
    return typeof value === "string" && value.length <= 1024 ? { [name]: value } : {};
  };
  const said = (value: unknown) => (typeof value === "string" ? value.slice(0, 1024) : "");
  return {
    kind: known,
    target: { ...named("namespace"), ...named("policy"), ...named("workload") },
    by: said(by) || "root",
    reason: said(reason),
    all: all === true,
  };
}

function startingContainer(hold: Record<string, unknown>): StartingContainer {
  const { pid, id } = hold;
  if (typeof pid !== "number" || !Number.isInteger(pid) || pid <= 0)
    throw new Error("hold.pid: not the number of a process");
  if (typeof id !== "string" || !isContainerId(id))
    throw new Error("hold.id: not a container's id");
  return { pid, id, annotations: labels(hold, "annotations") };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function strings(from: Record<string, unknown>, name: string): string[] {
  const value = from[name] ?? [];
  if (!Array.isArray(value) || value.length > listLimit) {
    throw new Error(`observe.${name}: a list of at most ${listLimit} names`);
  }
  return value.map((one: unknown) => {
    if (typeof one !== "string" || one.length > 1024)
      throw new Error(`observe.${name}: not a name`);
    return one;
  });
}

export function asFacet(name: string): Facet {
  const found = facets.find((facet) => facet === name);
  if (found === undefined) throw new Error(`unknown facet '${name}'`);
  return found;
}

export function asKind(name: string): Kind {
  if (isKind(name)) return name;
  throw new Error(`unknown kind '${name}'`);
}

function isKind(name: string): name is Kind {
  return Object.hasOwn(kinds, name);
}
