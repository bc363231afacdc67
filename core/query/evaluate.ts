/** Whether a record is what was asked for: the law that every database's answer is held to. */
import type { Expression, Field, Test, Value } from "./expression.ts";

export type Fact = Readonly<Record<string, unknown>>;

/** Of a record as it is written. */
export function factIn(json: string): Fact {
  const fact: unknown = JSON.parse(json);
  return isObject(fact) ? fact : {};
}

/** Of the whole record. */
export function fits(expression: Expression, record: Fact): boolean {
  return judge(expression, record, () => true) === true;
}

/** Of a part of it: false where it cannot fit, whatever the other fields are. */
export function mayFit(expression: Expression, known: Fact): boolean {
  return judge(expression, known, ([first = ""]) => Object.hasOwn(known, first)) !== false;
}

type IsKnown = (path: readonly string[]) => boolean;

/** Undefined: it depends on what is not known. */
function judge(expression: Expression, record: Fact, isKnown: IsKnown): boolean | undefined {
  switch (expression.is) {
    case "and":
    case "or": {
      const decisive = expression.is === "or";
      let answer: boolean | undefined = !decisive;
      for (const part of expression.of) {
        const judged = judge(part, record, isKnown);
        if (judged === decisive) return decisive;
        if (judged === undefined) answer = undefined;
      }
      return answer;
    }
    case "not": {
      const judged = judge(expression.of, record, isKnown);
      return judged === undefined ? undefined : !judged;
    }
    case "exists":
      if (!isKnown(expression.field.path)) return undefined;
      return (valueAt(record, expression.field.path) ?? null) !== null;
    case "test":
      if (!isKnown(expression.field.path)) return undefined;
      return valuesOf(expression.field, record).some((value) => passes(expression.test, value));
  }
}

function valueAt(record: Fact, path: readonly string[]): unknown {
  let value: unknown = record;
  for (const part of path) {
    if (!isObject(value) || !Object.hasOwn(value, part)) return undefined;
    value = value[part];
  }
  return value;
}

function isObject(value: unknown): value is Fact {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Those that are of the kind that the field holds. */
function valuesOf({ path, holds }: Field, record: Fact): readonly unknown[] {
  const value = valueAt(record, path);
  switch (holds) {
    case "object":
      return [];
    case "text":
      return typeof value === "string" ? [value] : [];
    case "number":
      return typeof value === "number" ? [value] : [];
    case "texts":
      return isList(value) ? value.filter((each) => typeof each === "string") : [];
    case "any":
      return isList(value) ? value : [value];
  }
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function passes(test: Test, value: unknown): boolean {
  switch (test.op) {
    case "in":
      return test.values.some((wanted) => isSame(wanted, value));
    case "like":
      return typeof value === "string" && isLike(test.pattern, value);
    case "<":
      return typeof value === "number" && value < test.number;
    case "<=":
      return typeof value === "number" && value <= test.number;
    case ">":
      return typeof value === "number" && value > test.number;
    case ">=":
      return typeof value === "number" && value >= test.number;
  }
}

/** Numbers too long for JSON are texts in a record: what was written as a number is both. */
function isSame(wanted: Value, value: unknown): boolean {
  return value === wanted.value || (wanted.type === "number" && value === wanted.written);
}

/** In one pass: each part is looked for behind the one before. */
function isLike(pattern: string, text: string): boolean {
  const [head = "", ...parts] = pattern.split("*");
  const tail = parts.pop();
  if (tail === undefined) return text === pattern;
  if (!text.startsWith(head)) return false;
  let at = head.length;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - tail.length >= at && text.endsWith(tail);
}
