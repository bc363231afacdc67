import { describe, expect, it } from "vitest";
import { executed, opened, seenBy, began, watched } from "../../test/sim/facts.ts";
import { judge } from "../policy/compile/judge.ts";
import { normalise } from "../policy/normalise.ts";
import { parsePolicy } from "../policy/parse.ts";
import { apiVersion, kind } from "../policy/schema/policy.ts";
import type { Fact } from "../profile/fact.ts";
import { learn } from "../profile/learn.ts";
import { emptyProfile, type Profile } from "../profile/profile.ts";
import { stageOf, type Staged, type Stood } from "./stage.ts";

const second = 1_000;
const instance = { id: "a", startedMs: 0 };
const facts: readonly Fact[] = [
  began(instance),
  seenBy(instance, 1, executed("/usr/bin/app")),
  seenBy(instance, 2, opened("/etc/app.conf")),
  ...Array.from({ length: 600 }, (_, at) => watched(instance, at * second)),
];
const learned = learn(emptyProfile, facts);
const done = 600 * second;

function policyOf(enforcement: object, learning: object = {}) {
  const quick = { duration: "10s", quietPeriod: "5s", minSamples: 1, minInstances: 1 };
  const spec = { selector: {}, learning: { ...quick, ...learning }, enforcement };
  const vocabulary = { syscalls: new Set<string>(), capabilities: new Set<string>(), nowMs: 0 };
  const document = { apiVersion, kind, metadata: { name: "p" }, spec };
  const { policy, problems } = parsePolicy(document, vocabulary);
  if (policy === undefined) throw new Error(JSON.stringify(problems));
  return normalise(policy);
}

const strict = { mode: "enforce", blockUnknown: true };

function staged(
  profile: Profile | undefined,
  policy = policyOf(strict),
  before?: Stood,
  nowMs = done,
): Staged {
  const result = stageOf({ policy, profile, blind: new Set(), nowMs, before });
  if ("problems" in result) throw new Error(JSON.stringify(result.problems));
  return result;
}

const read = (path: string) => ({ facet: "file", access: "read", path }) as const;
const actionIn = (tables: Staged["tables"], path: string) =>
  judge(tables, read(path), "steady").action;

describe("while it learns", () => {
  it("a policy denies what it names, and nothing else", () => {
    const policy = policyOf({ ...strict, files: { deniedPaths: ["/etc/shadow"] } });
    const { stage, why, tables } = staged(undefined, policy);
    expect([stage, why]).toEqual(["Learning", expect.stringContaining("%")]);
    expect(actionIn(tables, "/etc/shadow")).toBe("deny");
    expect(actionIn(tables, "/etc/other")).toBe("allow");
  });

  it("it goes on until learning is complete, and not an instant longer", () => {
    const early = learn(emptyProfile, facts.slice(0, 8));
    expect(staged(early, undefined, undefined, 5 * second).stage).toBe("Learning");
    expect(staged(learned).stage).toBe("Enforcing");
  });
});

describe("once it is learned", () => {
  it("what was learned is allowed, and the rest is not", () => {
    const { tables } = staged(learned);
    expect(actionIn(tables, "/etc/app.conf")).toBe("allow");
    expect(actionIn(tables, "/etc/other")).toBe("deny");
  });

  it("a policy that would deny the workload its own start is told, and denies nothing", () => {
    const policy = policyOf({ ...strict, processes: { deniedBinaries: ["/usr/bin/app"] } });
    const { stage, why, tables } = staged(learned, policy);
    expect(stage).toBe("Review");
    expect(why).toMatch(/refused: its own start needs exec \/usr\/bin\/app.*deniedBinaries/);
    const run = { facet: "exec", path: "/usr/bin/app" } as const;
    expect(judge(tables, run, "start")).toMatchObject({ outcome: "deny", action: "allow" });
  });

  it("without autoTransition a person decides; until then it is watched by the same tables", () => {
    const { stage, tables } = staged(learned, policyOf(strict, { autoTransition: false }));
    expect(stage).toBe("Review");
    expect(judge(tables, read("/etc/other"), "steady")).toMatchObject({
      outcome: "deny",
      action: "allow",
    });
  });

  it("what waits for a person keeps it from being enforced, but does not end that", () => {
    const attacked = learn(learned, [seenBy(instance, 3, opened("/etc/shadow"))]);
    const { stage: first, why } = staged(attacked);
    expect([first, why]).toEqual(["Review", expect.stringContaining("/etc/shadow")]);
    const before = { stage: "Enforcing", template: "" } as const;
    const { stage, tables } = staged(attacked, undefined, before);
    expect([stage, actionIn(tables, "/etc/shadow")]).toEqual(["Enforcing", "deny"]);
  });

  it("what a person refused is no need any more", () => {
    const attacked = learn(learned, [seenBy(instance, 3, opened("/etc/shadow"))]);
    const verdict = { allow: false, by: "me", atMs: done, reason: "" };
    const refused = learn(attacked, [{ fact: "decided", text: "file read /etc/shadow", verdict }]);
    expect(staged(refused).stage).toBe("Enforcing");
  });

  it("it stays enforced where nothing is learned any more, unless nobody knows anything", () => {
    const before = { stage: "Enforcing", template: "" } as const;
    // Lost records would keep learning from completing.
    const lossy = learn(learned, [watched(instance, done, 5)]);
    expect(staged(lossy, undefined, before).stage).toBe("Enforcing");
    expect(staged(lossy).stage).toBe("Learning");
    expect(staged(undefined, undefined, before).stage).toBe("Learning");
  });
});

describe("a newer template", () => {
  const newer = { id: "b", startedMs: done };
  const rollout = { template: "t2", image: "app:2", sinceMs: done };
  const rolledOut: readonly Fact[] = [
    began(newer, "t2"),
    { fact: "rolled_out", rollout },
    seenBy(newer, done + 1, executed("/usr/bin/app")),
    seenBy(newer, done + 2, opened("/etc/new.conf")),
  ];
  const before = { stage: "Enforcing", template: "" } as const;

  it("is learned while the one before it stays enforced", () => {
    const profile = learn(learned, rolledOut);
    const { stage, template, newer: learning } = staged(profile, undefined, before, done + 9);
    expect([stage, template, learning?.template]).toEqual(["Enforcing", "", "t2"]);
    expect(learning && actionIn(learning.tables, "/etc/whatever")).toBe("allow");
  });

  it("gives the one before it nothing of what it shows", () => {
    const { tables } = staged(learn(learned, rolledOut), undefined, before, done + 9);
    expect(actionIn(tables, "/etc/app.conf")).toBe("allow");
    expect(actionIn(tables, "/etc/new.conf")).toBe("deny");
  });

  it("goes on learning, and loosens nothing, while it does what waits for a person", () => {
    const later = Array.from({ length: 600 }, (_, at) => watched(newer, done + at * second));
    const attack = seenBy(newer, done + 3, opened("/etc/shadow"));
    const profile = learn(learned, [...rolledOut, attack, ...later]);
    const found = staged(profile, undefined, before, 2 * done);
    expect([found.stage, found.template, found.newer?.template]).toEqual(["Enforcing", "", "t2"]);
    expect(found.why).toMatch(/newer template.*\/etc\/shadow/);
    expect(actionIn(found.tables, "/etc/shadow")).toBe("deny");
  });

  it("is enforced with what it needs once that is complete", () => {
    const later = Array.from({ length: 600 }, (_, at) => watched(newer, done + at * second));
    const profile = learn(learned, [...rolledOut, ...later]);
    const { template, newer: learning, tables } = staged(profile, undefined, before, 2 * done);
    expect([template, learning]).toEqual(["t2", undefined]);
    expect(actionIn(tables, "/etc/new.conf")).toBe("allow");
    expect(actionIn(tables, "/etc/other")).toBe("deny");
  });
});

it("without learning a policy holds as it is written", () => {
  const policy = policyOf({ ...strict, files: { allowedPaths: ["/etc/**"] } }, { enabled: false });
  const { stage, tables } = staged(undefined, policy);
  expect(stage).toBe("Enforcing");
  expect([actionIn(tables, "/etc/x"), actionIn(tables, "/var/x")]).toEqual(["allow", "deny"]);
});
