/** `pahlevan notify test NAME`: a message to try an exporter with, marked as one. */
import { configured } from "@pahlevan/exporters/dispatch/configured.ts";
import { kinds } from "@pahlevan/exporters/dispatch/kinds.ts";
import { examples } from "@pahlevan/exporters/examples.ts";
import { Outgoing, sortOf, type Line } from "@pahlevan/exporters/record.ts";
import { randomUUID } from "node:crypto";
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
    const records = testRecords().filter((line) => wished.has(sortOf(line)));
    const says = await sentTo(sinkOf(sink, config.cluster), records.map(Outgoing.of));
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
  batch: readonly Outgoing[],
): Promise<string | undefined> {
  try {
    if (batch.length === 0) return `it is sent metrics only: 'config check' tries it`;
    const report = await withinPatience((signal) => sink.send(batch, signal));
    return report.sent === batch.length ? undefined : (report.why ?? "it did not take all");
  } catch (error) {
    return wordsOf(error);
  } finally {
    await sink.close();
  }
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
