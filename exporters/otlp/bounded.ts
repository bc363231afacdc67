/** Attributes as they are sent: without what is not known, and no value of any length. */
import type { Attributes } from "./registry.ts";

type Value = string | number | boolean | string[];

const mostCharacters = 4_096;
const mostItems = 128;

export function bounded(attributes: Attributes): Record<string, Value> {
  const kept: Record<string, Value> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    kept[name] = Array.isArray(value) ? value.slice(0, mostItems).map(short) : shortIfText(value);
  }
  return kept;
}

function shortIfText(value: string | number | boolean): string | number | boolean {
  return typeof value === "string" ? short(value) : value;
}

export function short(text: string): string {
  return text.length > mostCharacters ? `${text.slice(0, mostCharacters - 1)}…` : text;
}
