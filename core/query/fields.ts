/** The fields of a record that a question may name, and what each holds. */
import { facets, kinds } from "../behaviour/event.ts";
import { didYouMean } from "../policy/nearest.ts";
import type { Field, Holds } from "./expression.ts";

const held: Readonly<Record<string, Holds>> = {
  id: "text",
  time: "text",
  event: "text",
  namespace: "text",
  workload: "text",
  policy: "text",
  host: "text",
  cluster: "text",
  container: "object",
  "container.id": "text",
  "container.name": "text",
  "container.image": "text",
  pod: "text",
  facet: "text",
  kind: "text",
  object: "text",
  action: "text",
  mode: "text",
  tier: "text",
  generation: "number",
  reason: "text",
  process: "object",
  "process.pid": "number",
  "process.start": "text",
  "process.exe": "text",
  "process.args": "texts",
  "process.cwd": "text",
  "process.uid": "number",
  "process.parent": "object",
  "process.parent.pid": "number",
  "process.parent.start": "text",
  "process.parent.exe": "text",
  detail: "object",
  flags: "texts",
  escaped: "texts",
  trace: "object",
  "trace.traceId": "text",
  "trace.spanId": "text",
  from: "text",
  to: "text",
  step: "number",
  signal: "text",
  does: "text",
  why: "text",
  cause: "object",
  "cause.source": "text",
  "cause.by": "text",
  "cause.says": "text",
  "cause.fingerprint": "text",
  "cause.url": "text",
  notice: "text",
  says: "text",
  unseenMass: "number",
  instances: "number",
  behaviours: "number",
  name: "text",
  span: "object",
  "span.traceId": "text",
  "span.spanId": "text",
  "span.parentSpanId": "text",
  startTime: "text",
  failed: "text",
  attributes: "object",
};

/** What is below them differs from kind to kind, so that any name may be asked for. */
const free = new Set(["detail", "attributes"]);

export const fieldNames: readonly string[] = Object.keys(held);

/** The words that a field can be, where there are no others. */
const choices: Readonly<Record<string, readonly string[]>> = {
  facet: facets,
  kind: Object.keys(kinds),
  action: ["allow", "alert", "deny", "kill"],
  mode: ["monitor", "alert", "enforce"],
  notice: ["page", "fail", "ask", "propose"],
};

export type Named = { readonly field: Field } | { readonly problem: string };

export function fieldNamed(path: readonly string[]): Named {
  const [first = "", ...rest] = path;
  const name = path.join(".");
  if (free.has(first) && rest.length > 0) return { field: { path, holds: "any" } };
  const holds = Object.hasOwn(held, name) ? held[name] : undefined;
  if (holds !== undefined) return { field: { path, holds } };
  const guess = nearestField(path);
  return { problem: `no record has a field ${name}${guess}` };
}

/** What stands where a field cannot be compared, for it is none of values. */
export function within(name: string): string {
  const some = fieldNames.filter((each) => each.startsWith(`${name}.`)).slice(0, 4);
  return some.length === 0 ? `${name}.NAME` : some.join(", ");
}

/** Why a field is never this word, or undefined. */
export function neverIs({ path }: Field, word: string): string | undefined {
  const name = path.join(".");
  const words = Object.hasOwn(choices, name) ? choices[name] : undefined;
  if (words === undefined || words.includes(word)) return undefined;
  return `${name} is one of ${words.join(", ")}${didYouMean(word, words)}`;
}

/** By its whole name, or where only the last part was written: `uid` is process.uid. */
function nearestField(path: readonly string[]): string {
  const last = path.at(-1) ?? "";
  const ending = fieldNames.find((name) => name.endsWith(`.${last}`));
  if (ending !== undefined) return `; did you mean ${ending}?`;
  return didYouMean(path.join("."), fieldNames) || "; docs/forensics.md lists them";
}
