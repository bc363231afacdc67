import { describe, expect, it } from "vitest";
import { executed, opened, seenBy, began, watched } from "../../test/sim/facts.ts";
import { judge } from "../policy/compile/judge.ts";
import { normalise } from "../policy/normalise.ts";
import { parsePolicy } from "../policy/parse.ts";
import { apiVersion, kind } from "../policy/schema/policy.ts";
import type { Fact } from "../profile/fact.ts";
import { learn } from "../profile/learn.ts";
import { emptyProfile, type Profile } from "../profile/profile.ts";
import type { Hold } from "../loop/holding.ts";
import type { Compiled } from "../policy/compile/compiled.ts";
import { assess, type Assessment } from "./assess.ts";
import { tablesFor } from "./held-tables.ts";

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

function assessed(
  profile: Profile | undefined,
  policy = policyOf(strict),
  enforced?: string,
  nowMs = done,
): Assessment {
  const blind = new Set<never>();
  const result = assess({ policy, profile, blind, nowMs, enforced, candidates: [] });
  if ("problems" in result) throw new Error(JSON.stringify(result.problems));
  return result;
}

const tables = (of: Assessment, hold: Hold) => tablesFor(hold, of, { loosened: [] });
const read = (path: string) => ({ facet: "file", access: "read", path }) as const;
const actionIn = (compiled: Compiled, path: string) => judge(compiled, read(path), "steady").action;

describe("while it learns", () => {
  it("a policy denies what it names, and nothing else", () => {
    const policy = policyOf({ ...strict, files: { deniedPaths: ["/etc/shadow"] } });
    const found = assessed(undefined, policy);
    const open = tables(found, "open");
    expect(found.learning).toMatchObject({ converged: false, trial: { answer: "unknown" } });
    expect(found.learning.waitsFor).toContain("%");
    expect(actionIn(open, "/etc/shadow")).toBe("deny");
    expect(actionIn(open, "/etc/other")).toBe("allow");
  });

  it("it goes on until learning is complete, and not an instant longer", () => {
    const early = learn(emptyProfile, facts.slice(0, 8));
    expect(assessed(early, undefined, undefined, 5 * second).learning.converged).toBe(false);
    expect(assessed(learned).learning).toMatchObject({ converged: true, trial: { answer: "yes" } });
  });
});

describe("once it is learned", () => {
  it("what was learned is allowed, and the rest is not", () => {
    const enforced = tables(assessed(learned), "enforced");
    expect(actionIn(enforced, "/etc/app.conf")).toBe("allow");
    expect(actionIn(enforced, "/etc/other")).toBe("deny");
  });

  it("who is watched is refused what is denied by name alone, and the rest is told", () => {
    const policy = policyOf({ ...strict, files: { deniedPaths: ["/etc/shadow"] } });
    const watching = tables(assessed(learned, policy), "watched");
    expect(actionIn(watching, "/etc/shadow")).toBe("deny");
    const verdict = judge(watching, read("/etc/other"), "steady");
    expect(verdict).toMatchObject({ outcome: "tell", action: "allow" });
  });

  it("what is off refuses nothing, not even what is denied by name", () => {
    const policy = policyOf({ ...strict, files: { deniedPaths: ["/etc/shadow"] } });
    const off = tables(assessed(learned, policy), "off");
    const verdict = judge(off, read("/etc/shadow"), "steady");
    expect(verdict).toMatchObject({ outcome: "deny", action: "allow" });
  });

  it("who is quarantined reaches nobody but himself, though he learned to", () => {
    const reached = { facet: "network", operation: "connect", protocol: "tcp" } as const;
    for (const policy of [policyOf(strict), policyOf({ mode: "monitor" })]) {
      const locked = tables(assessed(learned, policy), "quarantined");
      for (const [address, action] of [
        ["10.0.0.1", "deny"],
        ["127.0.0.1", "allow"],
        ["2001:db8::1", "deny"],
        ["192.168.7.7", "deny"],
      ] as const) {
        const unlisted = policy.mode === "enforce" && address === "127.0.0.1" ? "deny" : action;
        const act = { ...reached, address, port: 5432 };
        expect([address, judge(locked, act, "steady").action]).toEqual([address, unlisted]);
      }
    }
  });

  it("what healing lets through is let through until it ends", () => {
    const candidates = [{ behaviour: "file read /etc/other", sinceMs: 0, expiresMs: done + 9 }];
    const blind = new Set<never>();
    const known = { policy: policyOf(strict), profile: learned, blind, enforced: "", candidates };
    const at = (nowMs: number) => {
      const found = assess({ ...known, nowMs });
      return "problems" in found ? "" : actionIn(tables(found, "enforced"), "/etc/other");
    };
    expect([at(done), at(done + 10)]).toEqual(["allow", "deny"]);
  });

  it("a facet that healing has loosened is watched, and others are enforced", () => {
    const found = assessed(learned);
    const some = tablesFor("enforced", found, { loosened: [{ facet: "file", expiresMs: 1 }] });
    expect(actionIn(some, "/etc/other")).toBe("allow");
    const run = { facet: "exec", path: "/usr/bin/other" } as const;
    expect(judge(some, run, "steady").action).toBe("deny");
  });

  it("a policy that would deny the workload its own start says so", () => {
    const policy = policyOf({ ...strict, processes: { deniedBinaries: ["/usr/bin/app"] } });
    const { trial } = assessed(learned, policy).learning;
    expect(trial.answer).toBe("no");
    expect(trial.says).toMatch(/refused: its own start needs exec \/usr\/bin\/app.*deniedBinaries/);
  });

  it("what waits for a person keeps it from being enforced, but does not end that", () => {
    const attacked = learn(learned, [seenBy(instance, 3, opened("/etc/shadow"))]);
    const { trial } = assessed(attacked).learning;
    expect([trial.answer, trial.says]).toEqual(["no", expect.stringContaining("/etc/shadow")]);
    const found = assessed(attacked, undefined, "");
    expect(found.learning.own.answer).toBe("yes");
    expect(actionIn(tables(found, "enforced"), "/etc/shadow")).toBe("deny");
  });

  it("what a person refused is no need any more", () => {
    const attacked = learn(learned, [seenBy(instance, 3, opened("/etc/shadow"))]);
    const verdict = { allow: false, by: "me", atMs: done, reason: "" };
    const refused = learn(attacked, [{ fact: "decided", text: "file read /etc/shadow", verdict }]);
    expect(assessed(refused).learning.trial.answer).toBe("yes");
  });

  it("it would work as it is, although nothing is learned any more; unless nobody knows anything", () => {
    // Lost records would keep learning from completing.
    const lossy = learn(learned, [watched(instance, done, 5)]);
    expect(assessed(lossy, undefined, "").learning).toMatchObject({
      converged: false,
      own: { answer: "yes" },
    });
    expect(assessed(undefined, undefined, "").learning.own.answer).toBe("unknown");
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

  it("is learned while the one before it stays enforced", () => {
    const found = assessed(learn(learned, rolledOut), undefined, "", done + 9);
    expect([found.newer, found.newest]).toEqual(["t2", "t2"]);
  });

  it("gives the one before it nothing of what it shows", () => {
    const enforced = tables(
      assessed(learn(learned, rolledOut), undefined, "", done + 9),
      "enforced",
    );
    expect(actionIn(enforced, "/etc/app.conf")).toBe("allow");
    expect(actionIn(enforced, "/etc/new.conf")).toBe("deny");
  });

  it("goes on learning, and loosens nothing, while it does what waits for a person", () => {
    const later = Array.from({ length: 600 }, (_, at) => watched(newer, done + at * second));
    const attack = seenBy(newer, done + 3, opened("/etc/shadow"));
    const profile = learn(learned, [...rolledOut, attack, ...later]);
    const found = assessed(profile, undefined, "", 2 * done);
    expect([found.newer, found.learning.trial.answer]).toEqual(["t2", "no"]);
    expect(actionIn(tables(found, "enforced"), "/etc/shadow")).toBe("deny");
  });

  it("is enforced with what it needs once that is complete", () => {
    const later = Array.from({ length: 600 }, (_, at) => watched(newer, done + at * second));
    const found = assessed(learn(learned, [...rolledOut, ...later]), undefined, "", 2 * done);
    const enforced = tables(found, "enforced");
    expect(found.newer).toBeUndefined();
    expect(actionIn(enforced, "/etc/new.conf")).toBe("allow");
    expect(actionIn(enforced, "/etc/other")).toBe("deny");
  });
});

it("without learning a policy holds as it is written", () => {
  const policy = policyOf({ ...strict, files: { allowedPaths: ["/etc/**"] } }, { enabled: false });
  const found = assessed(undefined, policy);
  expect(found.learning).toMatchObject({ enabled: false, own: { answer: "unknown" } });
  const enforced = tables(found, "enforced");
  expect([actionIn(enforced, "/etc/x"), actionIn(enforced, "/var/x")]).toEqual(["allow", "deny"]);
});
