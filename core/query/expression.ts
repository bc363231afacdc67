/** What somebody asks of a record, as a tree: true of it, or false; there is no third. */

/** What a field holds; `any` is not known before the record is there: a value, or a list of them. */
export type Holds = "text" | "number" | "texts" | "any" | "object";

export interface Field {
  /** From the record inwards: ["process", "parent", "exe"]. */
  readonly path: readonly string[];
  readonly holds: Holds;
}

export type Value =
  | { readonly type: "text"; readonly value: string }
  | { readonly type: "number"; readonly value: number; readonly written: string }
  | { readonly type: "boolean"; readonly value: boolean };

export type Order = "<" | "<=" | ">" | ">=";

/** Of a list it is true where it is true of one of its values. */
export type Test =
  | { readonly op: "in"; readonly values: readonly Value[] }
  /** A star stands for any letters, also none; everything else for itself. */
  | { readonly op: "like"; readonly pattern: string }
  | { readonly op: Order; readonly number: number };

export type Expression =
  | { readonly is: "and" | "or"; readonly of: readonly Expression[] }
  | { readonly is: "not"; readonly of: Expression }
  /** It is there, and not null. */
  | { readonly is: "exists"; readonly field: Field }
  | { readonly is: "test"; readonly field: Field; readonly test: Test };

/** True of every record: all of nothing. */
export const anything: Expression = { is: "and", of: [] };
