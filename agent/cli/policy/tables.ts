/** The policies of files as tables: of what they say themselves, and of what was learned. */
import { compile } from "@pahlevan/core/policy/compile/compile.ts";
import type { Compiled } from "@pahlevan/core/policy/compile/compiled.ts";
import { normalise } from "@pahlevan/core/policy/normalise.ts";
import { parsePolicy } from "@pahlevan/core/policy/parse.ts";
import type { Policy } from "@pahlevan/core/policy/policy.ts";
import { problemText } from "@pahlevan/core/policy/problem.ts";
import type { Source } from "../profile/sources.ts";
import { isPolicy, type Found } from "../../policies/documents.ts";
import { readFiles } from "./files.ts";
import { learnedFor } from "./learned.ts";
import { vocabulary } from "../../policies/vocabulary.ts";

export interface CompiledFile {
  /** "nginx.yaml:2" */
  readonly place: string;
  readonly policy: Policy;
  readonly compiled: Compiled;
}

export interface CompiledFiles {
  readonly policies: readonly CompiledFile[];
  readonly errors: readonly string[];
}

export async function readTables(
  names: readonly string[],
  command: string,
  nowMs: number,
  profile?: Source,
): Promise<CompiledFiles> {
  const { found, errors } = await readFiles(names, command);
  const ours = found.filter(isPolicy);
  const results = ours.map((each) => tablesOf(each, nowMs, profile));
  const none = ours.length === 0 ? [`${names.join(", ")}: no PahlevanPolicy in there`] : [];
  return {
    policies: results.flatMap((result) => ("compiled" in result ? [result] : [])),
    errors: [
      ...errors,
      ...results.flatMap((result) => ("errors" in result ? result.errors : [])),
      ...(errors.length > 0 ? [] : none),
    ],
  };
}

function tablesOf(
  { file, document, within, object }: Found,
  nowMs: number,
  profile: Source | undefined,
): CompiledFile | { readonly errors: readonly string[] } {
  const { name, policy, problems } = parsePolicy(object, { ...vocabulary, nowMs });
  const lineOf = (path: readonly (string | number)[]) => document.lineOf([...within, ...path]);
  const said = (wrong: typeof problems) => ({
    errors: wrong
      .filter(({ severity }) => severity === "error")
      .map((problem) => `${file}:${lineOf(problem.path)}: ${problemText(name, problem)}`),
  });
  if (policy === undefined) return said(problems);
  const normal = normalise(policy);
  const result = compile({ policy: normal, learned: learnedFor(profile, normal), nowMs });
  if ("problems" in result) return said(result.problems);
  return { place: `${file}:${lineOf([])}`, policy: normal, compiled: result.compiled };
}
