/** An OTLP sink of a test's own, its settings written as a person writes them. */
import { examples } from "../../../exporters/examples.ts";
import { fromStandardVariables } from "../../../exporters/otlp/environment.ts";
import { keys, type OtlpSettings } from "../../../exporters/otlp/keys.ts";
import { otlp } from "../../../exporters/otlp/otlp.ts";
import { Outgoing, type Line } from "../../../exporters/record.ts";
import type { Memory, Sink } from "../../../exporters/sink.ts";

export const time = "2026-11-22T10:11:12.123456789Z";
export const lines = examples(time);
export const batch = lines.map((line) => Outgoing.of(line));

export const idsOf = (records: readonly Outgoing[]): string[] => records.map(({ line }) => line.id);

export function outgoing(...some: readonly Line[]): Outgoing[] {
  return some.map((line) => Outgoing.of(line));
}

export function settingsOf(texts: Readonly<Record<string, string>>): OtlpSettings {
  const values = Object.entries(keys).map(([name, { type, default: fallback }]) => {
    const text = texts[name];
    return [name, text === undefined ? fallback : type.parse(text)] as const;
  });
  const settings: object = Object.fromEntries(values);
  if (!isWhole(settings)) throw new Error("a setting has no value");
  return settings;
}

function isWhole(values: object): values is OtlpSettings {
  return Object.keys(keys).every((name) => name in values);
}

/** As from a file, or as from these variables. */
export function sinkOf(texts: Readonly<Record<string, string>>, around = new MadeAround()): Sink {
  return otlp.make(settingsOf(texts), around);
}

export function settingsFrom(environment: Readonly<Record<string, string>>): OtlpSettings {
  const { settings = {} } = fromStandardVariables(environment);
  return settingsOf(settings);
}

export class MadeAround {
  readonly name = "otel";
  readonly host = "node-1";
  readonly cluster = "test";
  readonly version = "1.2.3";
  readonly complaints: string[] = [];
  readonly memory: Memory = new Map<string, string>();
  readonly nowMs = () => Date.parse("2026-11-22T10:11:13.500Z");
  readonly enqueue = () => {};
  readonly complain = (says: string) => void this.complaints.push(says);
}
