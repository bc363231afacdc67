/** Tables in words: why, what changed, and whether the workload would still start. */
import { describe, expect, it } from "vitest";
import { normalise } from "../normalise.ts";
import { parsePolicy } from "../parse.ts";
import { apiVersion, kind } from "../schema/policy.ts";
import { bitmaps, rankIn } from "./bitmap.ts";
import { compile } from "./compile.ts";
import { diff } from "./diff.ts";
import { explain } from "./explain.ts";
import { judge } from "./judge.ts";
import type { Learned } from "./learned.ts";
import { dryRun, type Recorded } from "./start-up.ts";

const facts = {
  syscalls: new Set(["read", "write", "ptrace"]),
  capabilities: new Set(["CAP_CHOWN"]),
  nowMs: 0,
};

function compiledOf(enforcement: object, learned: readonly Learned[] = []) {
  const spec = { selector: { matchLabels: { app: "web" } }, enforcement };
  const { policy, problems } = parsePolicy(
    { apiVersion, kind, metadata: { name: "web" }, spec },
    facts,
  );
  if (policy === undefined) throw new Error(JSON.stringify(problems));
  const result = compile({ policy: normalise(policy), learned, nowMs: 0 });
  if ("problems" in result) throw new Error(JSON.stringify(result.problems));
  return result.compiled;
}

const closed = { mode: "enforce", blockUnknown: true };
const read = (path: string) => ({ facet: "file", access: "read", path }) as const;

describe("explain", () => {
  it("names the rule that decides, and those that have no say", () => {
    const compiled = compiledOf(
      { ...closed, files: { deniedPaths: ["/srv/**"], allowedPaths: ["/srv/a"] } },
      [{ need: read("/srv/a") }],
    );
    expect(explain(compiled, read("/srv/a"))).toEqual([
      "file read /srv/a: denied",
      "  because denied by name: any access of /srv/**, spec.enforcement.files.deniedPaths",
      "  also allowed by name: any access of /srv/a, spec.enforcement.files.allowedPaths",
      "  also learned: read of /srv/a, profile",
    ]);
  });

  it("says what the mode makes of it, and that the start is another matter", () => {
    const compiled = compiledOf({ ...closed, mode: "monitor" }, [
      { need: read("/etc/key"), startOnly: true },
    ]);
    expect(explain(compiled, read("/etc/key"))).toEqual([
      "file read /etc/key: let through and counted: enforcing would deny it (mode monitor)",
      "  because it is neither named nor learned, and blockUnknown (or defaultAction: deny) denies the rest",
      "  while the instance starts it is allowed: profile (only while it starts)",
    ]);
  });

  it("says which pattern fits by its letters and spares what is guarded", () => {
    const pattern = [[""], ["data"], ["", ""]];
    const compiled = compiledOf(closed, [{ need: { facet: "file", access: "read", pattern } }]);
    expect(explain(compiled, read("/data/a"))).toEqual([
      "file read /data/a: allowed",
      "  because learned: read of /data/* but what is guarded, profile",
    ]);
    expect(explain(compiled, read("/data/server.key"))).toEqual([
      "file read /data/server.key: denied",
      "  because it is neither named nor learned, and blockUnknown (or defaultAction: deny) denies the rest",
      "  not learned: read of /data/* but what is guarded, profile: it is named like a key or secret",
    ]);
  });

  it("gives an exception's reason and its end", () => {
    const match = "tcp/10.0.0.1:443/out";
    const exception = { match, reason: "backup", expires: "2030-01-01T00:00:00Z" };
    const compiled = compiledOf({ ...closed, network: { exceptions: [exception] } });
    const act = {
      facet: "network",
      operation: "connect",
      protocol: "tcp",
      address: "10.0.0.1",
      port: 443,
    } as const;
    expect(explain(compiled, act)[1]).toBe(
      "  because let through by an exception: connect, send with 10.0.0.1 tcp port 443, " +
        "spec.enforcement.network.exceptions (backup, until 2030-01-01T00:00:00Z)",
    );
  });
});

describe("diff", () => {
  it("says what gets tighter and what looser", () => {
    const before = compiledOf({ mode: "monitor", files: { deniedPaths: ["/a"] } });
    const after = compiledOf({
      mode: "monitor",
      files: { mode: "enforce", defaultAction: "deny", allowedPaths: ["/b/*"] },
    });
    expect(
      diff(before, after).map(({ facet, effect, says }) => `${facet} ${effect}: ${says}`),
    ).toEqual([
      "file tighter: mode monitor becomes enforce",
      "file tighter: what is neither named nor learned: allow becomes deny",
      "file looser: any access of /b/*: allowed, spec.enforcement.files.allowedPaths",
      "file looser: any access of /a: no longer denied, spec.enforcement.files.deniedPaths",
    ]);
    expect(diff(after, after)).toEqual([]);
  });
});

describe("the dry run", () => {
  const start: Recorded[] = [
    { act: { facet: "exec", path: "/bin/web" }, moment: "start" },
    { act: read("/etc/key"), moment: "start" },
    { act: read("/etc/health"), moment: "probe" },
  ];
  const learned: Learned[] = [
    { need: { facet: "exec", path: "/bin/web" } },
    { need: read("/etc/key"), startOnly: true },
    { need: read("/etc/health") },
  ];

  it("lets a policy pass that holds all that was recorded", () => {
    expect(dryRun(compiledOf(closed, learned), start)).toEqual({ answer: "yes" });
  });

  it("refuses one that would deny its own workload, with the act and the reason", () => {
    const denying = compiledOf(
      { mode: "monitor", blockUnknown: true, files: { deniedPaths: ["/etc/health"] } },
      learned.slice(1),
    );
    const result = dryRun(denying, start);
    expect(result.answer === "no" && result.refusals.map(({ says }) => says)).toEqual([
      "its own start needs exec /bin/web, and it is neither named nor learned",
      "a probe of it needs file read /etc/health, and spec.enforcement.files.deniedPaths denies any access of /etc/health",
    ]);
  });

  it("takes what belongs to the start alone from the shutdown", () => {
    const recorded: Recorded[] = [...start, { act: read("/etc/key"), moment: "shutdown" }];
    expect(dryRun(compiledOf(closed, learned), recorded)).toMatchObject({
      answer: "no",
      refusals: [{ moment: "shutdown" }],
    });
  });

  it("asks nothing of a facet that is switched off, and knows nothing without a start", () => {
    const off = compiledOf({ ...closed, processes: { mode: "disabled" } }, learned.slice(1));
    expect(dryRun(off, start).answer).toBe("yes");
    expect(dryRun(off, start.slice(2)).answer).toBe("unknown");
  });
});

it("bitmaps say what the reference says, for every number", () => {
  const names = ["read", "write", "ptrace", "close"];
  const { tables, ...rest } = compiledOf(
    { ...closed, syscalls: { deniedSyscalls: ["ptrace"], allowedSyscalls: ["write"] } },
    [
      { need: { facet: "syscall", name: "read" }, startOnly: true },
      { need: { facet: "syscall", name: "close", compat: true } },
    ],
  );
  for (const isCompat of [false, true]) {
    const maps = bitmaps(tables.syscall.entries, (name) => names.indexOf(name), 8, isCompat);
    for (const [number, name] of names.entries()) {
      for (const phase of ["start", "steady"] as const) {
        const act = { facet: "syscall", name, ...(isCompat && { compat: true as const }) } as const;
        const { by } = judge({ tables, ...rest }, act, phase);
        expect(rankIn(maps, number, phase === "start") ?? "unlisted").toBe(by);
      }
    }
  }
  expect(bitmaps(tables.syscall.entries, () => undefined, 8).unknown).toEqual([
    "ptrace",
    "read",
    "write",
  ]);
});
