/** `pahlevan notify test NAME`: a message to try an exporter with, marked as one. */
import { configured } from "@pahlevan/exporters/dispatch/configured.ts";
import { kinds } from "@pahlevan/exporters/dispatch/kinds.ts";
import { examples } from "@pahlevan/exporters/examples.ts";
import { testLines } from "@pahlevan/exporters/notify/test-lines.ts";
import { Outgoing, sortOf, type Line } from "@pahlevan/exporters/record.ts";
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { Invocation } from "../command.ts";
import { exitCodes, UsageError } from "../exit.ts";
import { loadedSettings } from "../settings.ts";
import { sinkOf, withinPatience, wordsOf } from "./sinks.ts";

export async function run(invocation: Invocation): Promise<number> {
  const { config, exporters } = await loadedSettings(invocation);
  const { sinks, errors } = await configured(exporters, process.env, kinds);
  if (errors.length > 0) throw new UsageError(`settings:\n  ${errors.join("\n  ")}`);
  const names = invocation.rest.length > 0 ? invocation.rest : sinks.map(({ name }) => name);
  const unknown = names.find((name) => !sinks.some((sink) => sink.name === name));
  const known = sinks.map(({ name }) => name).join(", ") || "none";
  if (unknown !== undefined)
    throw new UsageError(`notify test: there is no exporter '${unknown}'; configured: ${known}`);
  if (names.length === 0)
    throw new UsageError("notify test: no exporter is configured (docs/exporters.md)");
  let failed = 0;
  for (const sink of sinks.filter(({ name }) => names.includes(name))) {
    const wished = new Set(sink.prepared.common.events);
    const calls = callsFor(sink.type).map((lines) =>
      lines.filter((line) => wished.has(sortOf(line))),
    );
    const records = calls.flat();
    const says = await sentTo(sinkOf(sink, config.cluster), calls);
    if (says !== undefined) failed++;
    const sentences = `${records.length} test record${records.length === 1 ? "" : "s"} sent`;
    console.log(
      `${says === undefined ? "✓" : "✗"} ${sink.name} (${sink.type}): ${says ?? sentences}`,
    );
  }
  return failed > 0 ? exitCodes.found : exitCodes.fine;
}

/** Undefined: the peer has them all. */
async function sentTo(
  sink: ReturnType<typeof sinkOf>,
  calls: readonly (readonly Line[])[],
): Promise<string | undefined> {
  try {
    if (calls.flat().length === 0) return `it is sent metrics only: 'config check' tries it`;
    for (const lines of calls) {
      const batch = lines.map((line) => Outgoing.of(line));
      const report = await withinPatience((signal) => sink.send(batch, signal));
      if (report.sent < batch.length) return report.why ?? "it did not take all";
    }
    return undefined;
  } catch (error) {
    return wordsOf(error);
  } finally {
    await sink.close();
  }
}

/** Who tells people keeps an incident until it is over: they get trouble, then its end. */
const tellPeople: ReadonlySet<string> = new Set([
  "slack",
  "pagerduty",
  "email",
  "teams",
  "opsgenie",
]);

function callsFor(type: string): readonly (readonly Line[])[] {
  if (!tellPeople.has(type)) return [testRecords()];
  return testLines(new Date().toISOString(), hostname());
}

/** Of a workload that nobody has, so that nobody is alarmed. */
function testRecords(): readonly Line[] {
  const placed = { namespace: "test", workload: "pahlevan-test", policy: "pahlevan-test" };
  return examples(new Date().toISOString(), `test-${randomUUID()}`).map((line) => {
    const its = { ...line, ...placed };
    if (its.event === "pahlevan.loop.notice") return { ...its, says: `test: nothing has happened` };
    if (its.event === "pahlevan.loop.transition") return { ...its, why: "this is a test" };
    return its;
  });
}
