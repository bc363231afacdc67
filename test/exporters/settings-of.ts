/** A sink as a configuration makes it: from texts, with its kind's own defaults for the rest. */
import type { Keys, Values } from "../../exporters/settings.ts";
import type { Around } from "../../exporters/sink.ts";

type Texts<K extends Keys> = { readonly [N in keyof K]?: string };

export function settingsOf<K extends Keys>(keys: K, texts: Texts<K>): Values<K> {
  const given = new Map<string, string | undefined>(Object.entries(texts));
  const values = Object.entries(keys).map(([name, key]) => {
    const text = given.get(name);
    return [name, text === undefined ? key.default : key.type.parse(text)] as const;
  });
  const settings: unknown = Object.fromEntries(values);
  if (!hasAll(keys, settings)) throw new Error("a setting without a default is missing");
  return settings;
}

/** The types of its keys made each of its values. */
function hasAll<K extends Keys>(keys: K, settings: unknown): settings is Values<K> {
  if (typeof settings !== "object" || settings === null) return false;
  const values = new Map<string, unknown>(Object.entries(settings));
  return Object.keys(keys).every((name) => values.get(name) !== undefined);
}

/** `complaints` gets what it complains of. */
export function aroundOf(more: Partial<Around> = {}, complaints: string[] = []): Around {
  const kept = new Map<string, string>();
  return {
    name: "tried",
    host: "node-1",
    cluster: "west",
    version: "0.1.0",
    nowMs: () => Date.now(),
    complain: (says) => complaints.push(says),
    enqueue: () => {},
    memory: {
      get: (key) => kept.get(key),
      set: (key, value) => void kept.set(key, value),
      delete: (key) => void kept.delete(key),
      entries: () => kept.entries(),
    },
    ...more,
  };
}
