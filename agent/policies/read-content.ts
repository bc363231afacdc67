/** From the content of a policy file to its policies, or to all that is wrong with it. */
import { normalise } from "@pahlevan/core/policy/normalise.ts";
import { parsePolicy } from "@pahlevan/core/policy/parse.ts";
import type { Policy } from "@pahlevan/core/policy/policy.ts";
import { problemText } from "@pahlevan/core/policy/problem.ts";
import { documentsIn, isPolicy, type Found } from "./documents.ts";
import { vocabulary } from "./vocabulary.ts";

export interface SourcedPolicy {
  /** "nginx.yaml:2" */
  readonly place: string;
  readonly policy: Policy;
}

export interface PolicyFile {
  readonly file: string;
  readonly content: string;
}

/** Where there are errors, there are no policies. */
export interface ReadFile {
  readonly policies: readonly SourcedPolicy[];
  readonly errors: readonly string[];
}

export function readContent({ file, content }: PolicyFile, nowMs: number): ReadFile {
  const { found, errors } = documentsIn(file, content);
  const read = found.filter(isPolicy).map((each) => policyIn(each, nowMs));
  const wrong = [...errors, ...read.flatMap((each) => ("errors" in each ? each.errors : []))];
  if (wrong.length > 0) return { policies: [], errors: wrong };
  return { policies: read.flatMap((each) => ("policy" in each ? [each] : [])), errors: [] };
}

function policyIn(
  { file, document, within, object }: Found,
  nowMs: number,
): SourcedPolicy | { readonly errors: readonly string[] } {
  const { name, policy, problems } = parsePolicy(object, { ...vocabulary, nowMs });
  const lineOf = (path: readonly (string | number)[]) => document.lineOf([...within, ...path]);
  if (policy !== undefined) return { place: `${file}:${lineOf([])}`, policy: normalise(policy) };
  return {
    errors: problems
      .filter(({ severity }) => severity === "error")
      .map((problem) => `${file}:${lineOf(problem.path)}: ${problemText(name, problem)}`),
  };
}
