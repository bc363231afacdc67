/** The parts that every schema of a policy is built of, so that all of them refuse in one voice. */
import * as z from "zod";
import { nearest } from "../nearest.ts";
import { shown } from "../shown.ts";
import type { Read } from "../values/read.ts";

/** What a field is for; goes into the CRD, the reference and editors. */
interface Says {
  readonly description: string;
  /** What it is when absent. */
  readonly absent?: unknown;
  /** The same in words, where it is not one value. */
  readonly absentSays?: string;
  /** Which of the kernel's names it takes. */
  readonly names?: "syscall" | "capability";
  /** What it takes, where the type does not say it. */
  readonly takes?: string;
}

/** A rule that spans fields: the API server asks the CEL, and the policy's reader `holds`. */
export interface Rule<T> {
  /** Absent where CEL cannot look: at fields that are text or a map. */
  readonly cel?: string;
  readonly message: string;
  readonly path?: readonly string[];
  readonly holds: (value: T) => boolean;
}

type Issue = { readonly input?: unknown };

/** Completes "spec.learning.duration …". */
export function wrong(takes: string) {
  const error = ({ input }: Issue) =>
    input === undefined ? `is missing; it takes ${takes}` : `is ${shown(input)}; it takes ${takes}`;
  return { error };
}

export function fields<const S extends z.core.$ZodShape>(shape: S, says: Says) {
  return z.strictObject(shape, wrong("a map of fields")).meta({ ...says });
}

export function ruled<S extends z.ZodType>(schema: S, rules: readonly Rule<z.output<S>>[]): S {
  let result = schema;
  for (const { holds, message, path = [] } of rules) {
    result = result.refine(holds, { message, path: [...path] });
  }
  const told = rules.map(({ cel, message, path = [] }) => ({
    ...(cel !== undefined && { rule: cel }),
    message,
    ...(path.length > 0 && { fieldPath: `.${path.join(".")}` }),
  }));
  return result.meta({
    ...schema.meta(),
    rules: told,
    "x-kubernetes-validations": told.filter(({ rule }) => rule !== undefined),
  });
}

export function list<S extends z.ZodType>(item: S, most: number, says: Says) {
  const tooMany = { error: `has more than ${most} entries` };
  return z
    .array(item, wrong("a list"))
    .max(most, tooMany)
    .meta({ ...says });
}

export function flag(says: Says) {
  return z.boolean(wrong("true or false")).meta({ ...says });
}

export function count(least: number, most: number, says: Says) {
  const takes = wrong(`a whole number, ${least} to ${most}`);
  return z
    .int(takes)
    .min(least, takes)
    .max(most, takes)
    .meta({ ...says });
}

export function share(says: Says) {
  const takes = wrong("a number from 0 to 1");
  return z
    .number(takes)
    .min(0, takes)
    .max(1, takes)
    .meta({ ...says });
}

export function choice<const T extends string>(names: readonly T[], says: Says) {
  const error = ({ input }: Issue) => {
    const guess = typeof input === "string" ? nearest(input, names) : undefined;
    const all = names.join(", ");
    const takes = guess === undefined ? `; it takes one of ${all}` : `; did you mean ${guess}?`;
    return input === undefined
      ? `is missing; it takes one of ${all}`
      : `is ${shown(input)}${takes}`;
  };
  return z.enum(names, { error }).meta({ ...says });
}

/** Text that nobody reads for meaning: 1 to `most` characters. */
export function text(most: number, says: Says) {
  const takes = wrong(`text, 1 to ${most} characters`);
  return z
    .string(takes)
    .min(1, takes)
    .max(most, takes)
    .meta({ ...says });
}

export function matching(pattern: RegExp, most: number, takes: string, says: Says) {
  return words(pattern, most, takes).meta({ ...says, takes });
}

function words(pattern: RegExp, most: number, takes: string) {
  const abort = { ...wrong(takes), abort: true };
  return z.string(wrong(takes)).min(1, abort).max(most, abort).regex(pattern, abort);
}

interface Reading<Written, T> {
  readonly read: (written: Written) => Read<T>;
  readonly write: (value: T) => Written;
}

/** Text with a meaning: `pattern` is what a schema can say of it, `read` the whole truth. */
export function read<T>(
  {
    pattern,
    most,
    takes,
    ...reading
  }: Reading<string, T> & Readonly<{ pattern: RegExp; most: number; takes: string }>,
  says: Says,
) {
  return meaning(z.string(wrong(takes)).min(1, wrong(takes)).max(most, wrong(takes)), reading).meta(
    { ...says, takes, pattern: pattern.source },
  );
}

/** Numbers or text with a meaning (ports, steps of a canary). */
export function readEither<T>(
  {
    pattern,
    takes,
    least,
    most,
    ...reading
  }: Reading<number | string, T> &
    Readonly<{ pattern: RegExp; takes: string; least: number; most: number }>,
  says: Says,
) {
  const number = z.int(wrong(takes)).min(least, wrong(takes)).max(most, wrong(takes));
  const either = z.union([number, words(pattern, 32, takes)], wrong(takes));
  return meaning(either, reading).meta({ ...says, takes, "x-kubernetes-int-or-string": true });
}

export function meaning<S extends z.ZodType, T>(
  schema: S,
  { read, write }: Reading<z.output<S>, T>,
) {
  return z.codec(schema, z.custom<T>(), {
    decode(written, context) {
      const result = read(written);
      if ("value" in result) return result.value;
      const message = `is ${shown(written)}; ${result.refused}`;
      context.issues.push({ code: "custom", message, input: written });
      return z.NEVER;
    },
    // zod asks for absent fields too, and drops what it gets for them.
    encode: (value) => (value === undefined ? z.NEVER : write(value)),
  });
}
