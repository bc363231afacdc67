/** What fields became, and what a kernel cannot keep of it. */
import { describe, expect, it } from "vitest";
import { normalise } from "../normalise.ts";
import { parsePolicy } from "../parse.ts";
import { apiVersion, kind } from "../schema/policy.ts";
import { compile } from "./compile.ts";
import { fieldsBecame } from "./fields.ts";
import { shortfalls, type Kernel, type Tier } from "./kernel.ts";
import type { Learned } from "./learned.ts";

const facts = {
  syscalls: new Set(["read", "ptrace", "open", "socketcall"]),
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

function kernel(tier: Tier, syscalls: Record<string, Tier> = {}): Kernel {
  const tiers = {
    exec: tier,
    file: tier,
    network: tier,
    capability: tier,
    runtime_socket: tier,
    credential: tier,
    mount: tier,
    ptrace: tier,
    bpf: tier,
    module: tier,
    namespace: tier,
    io_uring: tier,
  };
  return { tiers, syscalls: new Map(Object.entries(syscalls)) };
}

const texts = (compiled: ReturnType<typeof compiledOf>, on: Kernel) =>
  shortfalls(compiled, on).map(({ facet, says }) => `${facet}: ${says}`);

describe("shortfalls", () => {
  it("are none where the kernel decides, and none where nothing is denied", () => {
    const closed = compiledOf({ mode: "enforce", blockUnknown: true });
    expect(texts(closed, kernel("lsm"))).toEqual([]);
    expect(texts(compiledOf({ mode: "enforce" }), kernel("none"))).toEqual([]);
    expect(texts(compiledOf({ mode: "disabled", blockUnknown: true }), kernel("none"))).toEqual([]);
  });

  it("name each facet that can deny and is only told of", () => {
    const compiled = compiledOf({ files: { deniedPaths: ["/a"] } });
    expect(texts(compiled, kernel("observe"))).toEqual([
      "file: nothing is denied on this kernel: it is only told",
      expect.stringMatching(/^file: .*symlink.*io_uring/),
    ]);
    expect(texts(compiled, kernel("kill"))).toEqual([
      "file: the caller is killed, but after the act has taken effect",
    ]);
  });

  it("say what the lower tiers of programs and the network do instead", () => {
    const compiled = compiledOf({
      processes: { deniedBinaries: ["/a"] },
      network: { deniedCIDRs: ["10.0.0.0/8"], allowedDomains: ["example.org"] },
    });
    expect(texts(compiled, kernel("kill"))[0]).toContain("exec: the caller is killed before");
    expect(texts(compiled, kernel("cgroup")).slice(-2)).toEqual([
      "network: connect, bind and send of IP are denied; listen, accept and unix sockets are told",
      "network: a name holds for the addresses that DNS was seen to give for it",
    ]);
  });

  it("tell calls apart by their own tier, and those that are not there", () => {
    const compiled = compiledOf(
      {
        mode: "enforce",
        syscalls: { defaultAction: "deny", deniedSyscalls: ["ptrace", "open", "socketcall"] },
      },
      [{ need: { facet: "syscall", name: "read" } }],
    );
    const calls = { read: "kill", ptrace: "lsm", open: "kill", write: "observe" } as const;
    expect(texts(compiled, kernel("lsm", calls))).toEqual([
      "syscall: the caller is killed, of most when the act has taken effect: open",
      "syscall: only told, not denied: write",
      "syscall: this architecture has no such call: socketcall",
    ]);
    const watched = { syscalls: { mode: "monitor" as const, deniedSyscalls: ["open"] } };
    expect(texts(compiledOf({ mode: "enforce", ...watched }), kernel("lsm", calls))).toEqual([]);
  });
});

it("each field says what it became, in each facet that it speaks to", () => {
  const compiled = compiledOf(
    {
      mode: "enforce",
      blockUnknown: true,
      files: { readOnlyPaths: ["/usr/**"] },
      processes: { allowedBinaries: ["/bin/web"] },
    },
    [
      { need: { facet: "file", access: "read", path: "/a" } },
      { need: { facet: "file", access: "write", path: "/b" }, startOnly: true },
    ],
  );
  const lines = fieldsBecame(compiled).map(({ field, says }) => `${field}: ${says}`);
  expect(lines).toEqual(
    expect.arrayContaining([
      "spec.enforcement.processes.allowedBinaries: facet exec: 1 entry allowed",
      "spec.enforcement.processes.allowedBinaries: facet file: 1 entry allowed (read, exec)",
      "spec.enforcement.files.readOnlyPaths: facet file: 1 entry allowed (read, exec)",
      "spec.enforcement.files.readOnlyPaths: facet file: 1 entry denied (any change)",
      "profile: facet file: 2 entries learned, 1 only while an instance starts",
      "spec.enforcement: facet module: mode enforce, the rest: deny",
    ]),
  );
});
