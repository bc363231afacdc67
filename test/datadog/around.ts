/** Who sends, in tests of sinks for Datadog: a clock that is set, a memory, settings as written. */
import type { Keys, Values } from "../../exporters/settings.ts";
import type { Around, Memory } from "../../exporters/sink.ts";

export const nowMs = Date.parse("2026-11-22T12:00:00Z");
export const time = "2026-11-22T11:59:58.123456789Z";

export function around(memory: Memory = new Map<string, string>(), now = () => nowMs): Around {
  return {
    ...{ name: "dd", host: "node-1", cluster: "prod", version: "0.1.0", nowMs: now, memory },
    complain: () => {},
    enqueue: () => {},
  };
}

/** Defaults, and what is written in their place. */
export function settings<K extends Keys>(keys: K, written: Partial<Record<keyof K, string>>) {
  const values: Record<string, unknown> = {};
  for (const [name, { type, default: fallback }] of Object.entries(keys)) {
    const text = written[name];
    values[name] = text === undefined ? fallback : type.parse(text);
  }
  return valuesOf<K>(values);
}

/** Each was read by its own key's type, just now. */
function valuesOf<K extends Keys>(values: Record<string, unknown>): Values<K> {
  if (isValues<K>(values)) return values;
  throw new Error("settings without a value");
}

function isValues<K extends Keys>(values: Record<string, unknown>): values is Values<K> {
  return Object.values(values).every((value) => value !== undefined);
}
