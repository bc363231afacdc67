/** From any value to a policy, or to every reason why it is none. Never throws. */
import type * as z from "zod";
import { isPlain, outOfBounds } from "./bounds.ts";
import { contradictions } from "./contradictions.ts";
import { errorAt, warningAt, type Problem } from "./problem.ts";
import { policySchema, statusSchema, type PahlevanPolicy } from "./schema/policy.ts";
import { tamed } from "./shown.ts";
import { unknownField } from "./unknown-field.ts";
import { unknownNames, type Vocabulary } from "./vocabulary.ts";

/** What a policy is read against: the kernel's names, and the time. */
export interface Facts extends Vocabulary {
  readonly nowMs: number;
}

export interface Reading {
  /** As far as it can be told. */
  readonly name: string;
  /** Absent if there is an error among the problems. */
  readonly policy?: PahlevanPolicy;
  readonly problems: readonly Problem[];
}

/** More than anybody reads; what is beyond is counted. */
const mostProblems = 100;

export function parsePolicy(document: unknown, facts: Facts): Reading {
  const name = nameOf(document);
  const outside = outOfBounds(document);
  if (outside) return { name, problems: [outside] };
  const { status, ...wish } = isPlain(document) ? document : { wish: document };
  const result = policySchema.safeParse(isPlain(document) ? wish : document);
  const problems = status === undefined ? [] : statusProblems(status);
  if (!result.success) {
    problems.push(...result.error.issues.flatMap((issue) => problemsOf(policySchema, issue)));
    return { name, problems: few(problems) };
  }
  problems.push(...unknownNames(result.data, facts), ...contradictions(result.data, facts.nowMs));
  const isRefused = problems.some(({ severity }) => severity === "error");
  return { name, problems: few(problems), ...(!isRefused && { policy: result.data }) };
}

function nameOf(document: unknown): string {
  const metadata = isPlain(document) ? document["metadata"] : undefined;
  const name = isPlain(metadata) ? metadata["name"] : undefined;
  return typeof name === "string" && name !== "" ? tamed(name) : "(unnamed)";
}

/** Nobody's wish depends on a status, and an older reader must not refuse a newer one's. */
function statusProblems(status: unknown): Problem[] {
  const issues = statusSchema.safeParse(status).error?.issues ?? [];
  return issues
    .flatMap((issue) => problemsOf(statusSchema, issue))
    .map(({ path, says }) => warningAt(["status", ...path], `${says} (it is ignored)`));
}

type Issue = z.core.$ZodIssue;

function problemsOf(root: z.ZodType, issue: Issue, before: readonly PropertyKey[] = []): Problem[] {
  const path = [...before, ...issue.path];
  switch (issue.code) {
    case "unrecognized_keys":
      // The right name costs a search; nobody reads the thousandth.
      return issue.keys.map((key, index) => {
        const says = index < mostProblems ? unknownField(root, path, key) : "unknown field";
        return errorAt(plain([...path, key]), says);
      });
    case "invalid_union": {
      // The branch whose type is right knows what is wrong inside.
      const inside = issue.errors.filter((branch) =>
        branch.every((each) => each.path.length > 0 || each.code === "unrecognized_keys"),
      );
      const [only] = inside;
      if (inside.length === 1 && only !== undefined && only.length > 0) {
        return only.flatMap((each) => problemsOf(root, each, path));
      }
      return [errorAt(plain(path), issue.message)];
    }
    case "invalid_key":
      return [errorAt(plain(path), issue.issues[0]?.message ?? issue.message)];
    default:
      return [errorAt(plain(path), issue.message)];
  }
}

function plain(path: readonly PropertyKey[]): (string | number)[] {
  return path.map((part) => (typeof part === "number" ? part : String(part)));
}

function few(problems: readonly Problem[]): readonly Problem[] {
  const errorsFirst = problems.toSorted((a, b) => a.severity.localeCompare(b.severity));
  if (problems.length <= mostProblems) return errorsFirst;
  const more = problems.length - mostProblems;
  const rest = {
    severity: errorsFirst[mostProblems]?.severity ?? "error",
    path: [],
    says: `and ${more} more`,
  };
  return [...errorsFirst.slice(0, mostProblems), rest];
}
