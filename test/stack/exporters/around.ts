/** What a sink is made with, in a test: its settings by their texts, as a configuration has them. */
import type { Keys, Values } from "@pahlevan/exporters/settings.ts";
import type { Around } from "@pahlevan/exporters/sink.ts";

export const around: Around = {
  ...{ name: "tried", host: "node-1", cluster: "prod", version: "0.1.0" },
  nowMs: () => Date.now(),
  complain: () => {},
  enqueue: () => {},
  memory: { get: () => undefined, set: () => {}, delete: () => {}, entries: () => [] },
};

/** What is not given has its default. */
export function settingsOf<K extends Keys>(
  { keys }: { readonly keys: K },
  texts: Readonly<Record<string, string>>,
): Values<K> {
  const values: Record<string, unknown> = {};
  for (const [name, { type, default: fallback }] of Object.entries(keys)) {
    const text = texts[name];
    values[name] = text === undefined ? fallback : type.parse(text);
    if (values[name] === undefined) throw new Error(`${name} has to be set`);
  }
  if (!isWhole(keys, values)) throw new Error("not all settings are there");
  return values;
}

function isWhole<K extends Keys>(keys: K, values: Record<string, unknown>): values is Values<K> {
  return Object.keys(keys).every((name) => name in values);
}
