/** `pahlevan decisions query`: what policies decided, out of the store; the newest last. */
import { isEventLine, type EventLine } from "@pahlevan/core/behaviour/event-line.ts";
import { compileIdentity } from "../sense/filter.ts";
import { valueOf, valuesOf, type Invocation } from "./command.ts";
import { exitCodes, UsageError } from "./exit.ts";
import { durationIn } from "./options.ts";
import { existingStore } from "./profile/sources.ts";
import { settingsOf } from "./settings.ts";
import { told } from "./storing.ts";
import { paintFor } from "./text/colour.ts";
import { eventText } from "./text/event-text.ts";

const usualMost = 100;

export async function run(invocation: Invocation): Promise<number> {
  using store = existingStore(await settingsOf(invocation));
  const span = durationIn(invocation, "since");
  const sinceMs = span === undefined ? 0 : Date.now() - span;
  const most = countOf(valueOf(invocation, "most"));
  const actions = valuesOf(invocation, "action");
  const facets = valuesOf(invocation, "facet");
  const fits = compileIdentity({
    workloads: valuesOf(invocation, "workload"),
    namespaces: valuesOf(invocation, "namespace"),
  });
  const json = valueOf(invocation, "output") === "json";
  const paint = paintFor(process.stdout, process.env);
  const isWanted = (line: EventLine) =>
    fits(line) &&
    (actions.length === 0 || actions.includes(line.action)) &&
    (facets.length === 0 || facets.includes(line.facet));
  const found: string[] = [];
  for (const { line: text } of told(() => store.decisions.newest(sinceMs))) {
    const line: unknown = JSON.parse(text);
    if (isEventLine(line) && isWanted(line)) found.push(json ? text : eventText(line, { paint }));
    if (found.length === most) break;
  }
  for (const text of found.reverse()) process.stdout.write(`${text}\n`);
  return exitCodes.fine;
}

function countOf(text: string | undefined): number {
  if (text === undefined) return usualMost;
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new UsageError(`decisions query: --most ${text}: it takes a number`);
}
