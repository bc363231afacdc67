/** Where a tool has no word for what patterns spare, it is told; where no pattern is, it is not. */
import { expect, it } from "vitest";
import { compile } from "../compile/compile.ts";
import type { Need } from "../compile/learned.ts";
import { normalise } from "../normalise.ts";
import { parsePolicy } from "../parse.ts";
import { apiVersion, kind } from "../schema/policy.ts";
import { exportPolicy } from "./export.ts";

function remarks(format: "apparmor" | "kubearmor" | "tetragon", need: Need): string {
  const document = { apiVersion, kind, metadata: { name: "p" }, spec: { selector: {} } };
  const facts = { syscalls: new Set<string>(), capabilities: new Set<string>(), nowMs: 0 };
  const { policy: parsed } = parsePolicy(document, facts);
  if (parsed === undefined) throw new Error("the policy is none");
  const policy = normalise(parsed);
  const made = compile({ policy, learned: [{ need }], nowMs: 0 });
  if ("problems" in made) throw new Error(JSON.stringify(made.problems));
  return exportPolicy(format, { policy, compiled: made.compiled }, "x86_64").remarks.join("\n");
}

const pattern = [[""], ["data"], ["", ""]];
const sparing: Need = { facet: "file", access: "read", pattern };
const says = "1 patterns hold there for keys, sockets and what else is guarded here, too";

it("AppArmor and KubeArmor let through what a pattern spares here", () => {
  expect([remarks("apparmor", sparing), remarks("kubearmor", sparing)]).toEqual([
    expect.stringContaining(says),
    expect.stringContaining(says),
  ]);
});

it("Tetragon leaves patterns out, and a person's permission spares nothing", () => {
  expect(remarks("tetragon", sparing)).not.toContain(says);
  expect(remarks("apparmor", { ...sparing, evenGuarded: true })).not.toContain(says);
});
