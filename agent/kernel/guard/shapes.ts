/**
 * Patterns as the kernel looks them up: by how many names they have and where their wildcards are.
 */
import type { Segments } from "@pahlevan/core/policy/compile/compiled.ts";
import { limitValues } from "../layout.gen.ts";
import { hasStrays, pathBytes } from "./path-bytes.ts";

export interface Wildcard {
  /** Which name of the path, from 0. */
  readonly at: number;
  /** In bytes. */
  readonly head: number;
  readonly tail: number;
}

export interface Shape {
  readonly names: number;
  readonly wildcards: readonly Wildcard[];
  /** Patterns of it hold no path that is guarded. */
  readonly sparesGuarded: boolean;
}

/** NAME_MAX of Linux. */
const longestName = 255;

/** Of a pattern without the empty segment before its root; or why there is none. */
export function shapeOf(names: Segments, sparesGuarded: boolean): Shape | { readonly why: string } {
  const wild = names.flatMap((parts, at) => (parts.length > 1 ? [{ at, parts }] : []));
  if (names.some((parts) => parts.length > 2))
    return { why: "a part between two wildcards of one name cannot be looked up" };
  if (wild.length > limitValues.shape_wildcards)
    return { why: `more than ${limitValues.shape_wildcards} wildcards cannot be looked up` };
  if (wild.some(({ parts }) => parts.some(hasStrays)))
    return { why: "beside a wildcard, bytes that are no UTF-8 cannot be looked up" };
  const wildcards = wild.map(({ at, parts: [head = "", tail = ""] }) => ({
    at,
    head: pathBytes(head).length,
    tail: pathBytes(tail).length,
  }));
  if (names.length > longestName || wildcards.some(({ head, tail }) => head + tail >= longestName))
    return { why: "no path is that long" };
  return { names: names.length, wildcards, sparesGuarded };
}

export function shapeText({ names, wildcards, sparesGuarded }: Shape): string {
  return [
    names,
    sparesGuarded,
    ...wildcards.map(({ at, head, tail }) => `${at}:${head}:${tail}`),
  ].join(" ");
}
