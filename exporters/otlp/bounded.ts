/** Attributes as they are sent: in the order of the registry, only what is known, none endless. */
import { registry, type Attributes } from "./registry.ts";

type Value = string | number | boolean | string[];

const mostCharacters = 4_096;
const mostItems = 128;
const places = Object.keys(registry).filter((name) => isAttribute(name));

export function bounded(attributes: Attributes): Record<string, Value> {
  const kept: Record<string, Value> = {};
  for (const name of places) {
    const value = attributes[name];
    if (value === undefined) continue;
    if (typeof value === "string") kept[name] = short(value);
    else kept[name] = Array.isArray(value) ? value.slice(0, mostItems).map(short) : value;
  }
  return kept;
}

export function short(text: string): string {
  return text.length > mostCharacters ? `${text.slice(0, mostCharacters - 1)}…` : text;
}

function isAttribute(name: string): name is keyof Attributes {
  return name in registry;
}
