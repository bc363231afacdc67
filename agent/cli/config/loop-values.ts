/** Settings of the loop as they are written: who may pull which lever, and what weighs how much. */
import type { Levers, Weights } from "@pahlevan/core/loop/settings.ts";
import { signalKinds, sources, type Source } from "@pahlevan/core/loop/signal.ts";
import type { ValueType } from "@pahlevan/core/settings/values.ts";

/** Of the sources that are named; the others keep what they may. */
export const levers: ValueType<Partial<Levers>> = {
  says: "levers by source, such as datadog=rollback+quarantine,generic=none",
  parse(text) {
    return Object.fromEntries(
      pairsIn(text).map(([name, value]) => {
        const source = oneOf(sources, name, "source");
        const kinds = value === "none" ? [] : value.split("+");
        return [source, kinds.map((kind) => oneOf(signalKinds, kind, "lever"))];
      }),
    );
  },
  show: (value) =>
    sources
      .filter((source) => value[source] !== undefined)
      .map((source) => `${source}=${shown(source, value)}`)
      .join(","),
};

const names = ["breadth", "freshness", "health", "sensitivity", "anomaly"] as const;

export const weights: ValueType<Partial<Weights>> = {
  says: "weights by name (breadth, freshness, health, sensitivity, anomaly), such as breadth=3,health=2.5",
  parse(text) {
    return Object.fromEntries(
      pairsIn(text).map(([name, value]) => {
        const weight = Number(value);
        if (!/^\d{1,3}(\.\d{1,3})?$/.test(value) || weight > 100)
          throw new Error(`'${value}' is no weight: it takes a number from 0 to 100`);
        return [oneOf(names, name, "weight"), weight];
      }),
    );
  },
  show: (value) =>
    names.flatMap((name) => (value[name] === undefined ? [] : `${name}=${value[name]}`)).join(","),
};

function shown(source: Source, value: Partial<Levers>): string {
  const kinds = value[source] ?? [];
  return kinds.length === 0 ? "none" : kinds.join("+");
}

function pairsIn(text: string): [name: string, value: string][] {
  if (text === "") return [];
  return text.split(",").map((pair) => {
    const [name = "", value = "", ...more] = pair.trim().split("=");
    if (name === "" || value === "" || more.length > 0)
      throw new Error(`'${pair}' is not of the form name=value`);
    return [name, value];
  });
}

function oneOf<const T extends string>(all: readonly T[], text: string, what: string): T {
  const found = all.find((each) => each === text);
  if (found !== undefined) return found;
  throw new Error(`'${text}' is no ${what}: there are ${all.join(", ")}`);
}
