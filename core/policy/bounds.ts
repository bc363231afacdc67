/** Whether a document is small and plain enough to be looked at: the first thing that is asked. */
import { errorAt, type Problem } from "./problem.ts";
import { shown } from "./shown.ts";

export const limits = {
  /** Maps, lists and values, with what YAML's aliases repeat counted as often as it appears. */
  values: 100_000,
  depth: 24,
  /** Of one text, in UTF-16 units. */
  text: 65_536,
} as const;

type Path = Problem["path"];

/** The first thing that is out of bounds. Takes any value: cycles end at the depth. */
export function outOfBounds(document: unknown): Problem | undefined {
  let values = 0;
  function look(value: unknown, path: Path): Problem | undefined {
    if (++values > limits.values) {
      const says = `holds more than ${limits.values} values (aliases count where they are used)`;
      return errorAt([], says);
    }
    if (path.length > limits.depth) return errorAt(path.slice(0, 4), "is nested too deeply");
    if (typeof value === "string") return tooLong(value, path);
    if (value === null || typeof value === "boolean") return undefined;
    if (typeof value === "number" && Number.isFinite(value)) return undefined;
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) {
        const problem = look(item, [...path, index]);
        if (problem) return problem;
      }
      return undefined;
    }
    if (!isPlain(value)) return errorAt(path, `is ${shown(value)}, which no policy holds`);
    for (const [key, item] of Object.entries(value)) {
      // Nobody means it, and much software trips over it.
      if (key === "__proto__") return errorAt([...path, key], "unknown field");
      const problem = tooLong(key, path) ?? look(item, [...path, key]);
      if (problem) return problem;
    }
    return undefined;
  }
  return look(document, []);
}

function tooLong(text: string, path: Path): Problem | undefined {
  if (text.length <= limits.text) return undefined;
  return errorAt(path, `is text of ${text.length} characters; ${limits.text} are the most`);
}

/** A map as JSON and YAML make it. */
export function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
