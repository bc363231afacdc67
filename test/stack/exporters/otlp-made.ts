/** An OTLP sink of a test's own, its settings written as a person writes them. */
import { aroundOf, settingsOf as madeOf } from "../../exporters/settings-of.ts";
import { examples } from "../../../exporters/examples.ts";
import { fromStandardVariables } from "../../../exporters/otlp/environment.ts";
import { keys, type OtlpSettings } from "../../../exporters/otlp/keys.ts";
import { otlp } from "../../../exporters/otlp/otlp.ts";
import { Outgoing, type Line } from "../../../exporters/record.ts";
import type { Around, Sink } from "../../../exporters/sink.ts";

type Texts = Readonly<Record<string, string>>;

const time = "2026-11-22T10:11:12.123456789Z";
const lines = examples(time);
export const batch = lines.map((line) => Outgoing.of(line));

export const idsOf = (records: readonly Outgoing[]): string[] => records.map(({ line }) => line.id);

export function outgoing(...some: readonly Line[]): Outgoing[] {
  return some.map((line) => Outgoing.of(line));
}

export function settingsOf(texts: Texts): OtlpSettings {
  return madeOf(keys, texts);
}

/** As from a file, or as from these variables. */
export function sinkOf(texts: Texts, around = made()): Sink {
  return otlp.make(settingsOf(texts), around);
}

export function settingsFrom(environment: Texts): OtlpSettings {
  const { settings = {} } = fromStandardVariables(environment);
  return settingsOf(settings);
}

export function made(complaints: string[] = []): Around {
  const nowMs = () => Date.parse("2026-11-22T10:11:13.500Z");
  return aroundOf({ cluster: "test", version: "1.2.3", nowMs }, complaints);
}
