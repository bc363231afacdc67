/**
 * A policy's tables as the kernel keeps them: a header, and entries by key. The same tables and the
 * same secret give the same bytes.
 */
import type { JudgedFacet } from "@pahlevan/core/policy/compile/act.ts";
import type { Compiled } from "@pahlevan/core/policy/compile/compiled.ts";
import type { Shortfall } from "@pahlevan/core/policy/compile/kernel.ts";
import { headerOf } from "./header.ts";
import { lowerNetwork } from "./network.ts";
import { deniedCalls, numbersOf, widened, type CallNames } from "./numbers.ts";
import { PathIds } from "./path-id.ts";
import { PathLowering } from "./paths.ts";
import { Remarks } from "./remarks.ts";
import { RuleTable, type Rules } from "./rule-table.ts";

export interface LowerOptions {
  /** As the programs have it in their settings. */
  readonly secret: Uint8Array;
  readonly calls: CallNames;
  /** Stands in every record of what these tables decided. */
  readonly generation: number;
}

export interface Lowered {
  /** struct policy */
  readonly header: Uint8Array;
  readonly rules: Rules;
}

export type Lowering =
  | {
      readonly lowered: Lowered;
      /** What holds for more or less than the policy says. */
      readonly shortfalls: readonly Shortfall[];
    }
  /** Something that it denies the kernel could not deny. */
  | { readonly refused: readonly Shortfall[] };

export function lower(compiled: Compiled, { secret, calls, generation }: LowerOptions): Lowering {
  const { tables, modes } = compiled;
  const ids = new PathIds(secret);
  const table = new RuleTable();
  const remarks = new Remarks();
  const paths = {
    exec: new PathLowering("exec", ids, table, remarks).lower(tables.exec.entries),
    file: new PathLowering("file", ids, table, remarks).lower(tables.file.entries),
  };
  const ranges = lowerNetwork(tables, ids, table, remarks);
  const wide = widened(compiled, remarks);
  const numbers = {
    capability: numbersOf(wide, "capability"),
    credential: numbersOf(wide, "credential"),
    mount: numbersOf(wide, "mount"),
    ptrace: numbersOf(wide, "ptrace"),
    bpf: numbersOf(wide, "bpf"),
    module: numbersOf(wide, "module"),
    namespace: numbersOf(wide, "namespace"),
    io_uring: numbersOf(wide, "io_uring"),
  };
  const isOff = (facet: JudgedFacet) => modes[facet] === "off";
  const refused = remarks.said(true, isOff);
  if (refused.length > 0) return { refused };
  const called = deniedCalls(compiled, calls);
  const header = headerOf(compiled, { generation, numbers, calls: called, paths, ranges });
  return {
    lowered: { header, rules: table.rules() },
    shortfalls: remarks.said(false, isOff),
  };
}
