/** Attributes by name as OTLP's list of keys with values. */
import { registry } from "./registry.ts";
import type { AnyValue, KeyValue } from "./shapes.ts";

export type Value = string | number | boolean | readonly string[];

export function keyValues(attributes: Readonly<Record<string, Value>>): KeyValue[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(key, value) }));
}

function anyValue(key: string, value: Value): AnyValue {
  switch (typeof value) {
    case "string":
      return { stringValue: value };
    case "boolean":
      return { boolValue: value };
    case "number":
      return Number.isSafeInteger(value) && !doubles.has(key)
        ? { intValue: value }
        : { doubleValue: value };
    default:
      return { arrayValue: { values: value.map((stringValue) => ({ stringValue })) } };
  }
}

/** Such a one stays one when its value happens to be whole: backends take a name's first type. */
const doubles: ReadonlySet<string> = new Set(
  Object.entries(registry).flatMap(([name, { type }]) => (type === "double" ? [name] : [])),
);
