/** Whatever the policy, the profile and the act: the lowered bytes say what core says. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Act } from "@pahlevan/core/policy/compile/act.ts";
import { compile } from "@pahlevan/core/policy/compile/compile.ts";
import type { Compiled } from "@pahlevan/core/policy/compile/compiled.ts";
import { readAddress } from "@pahlevan/core/behaviour/address.ts";
import { distanceOf } from "@pahlevan/core/behaviour/distance.ts";
import { judge, type Phase } from "@pahlevan/core/policy/compile/judge.ts";
import type { Learned } from "@pahlevan/core/policy/compile/learned.ts";
import type { Policy } from "@pahlevan/core/policy/policy.ts";
import { readCidr } from "@pahlevan/core/policy/values/cidr.ts";
import { readBefore } from "@pahlevan/core/policy/values/read.ts";
import { operationValues, reachValues, useValues } from "../layout.gen.ts";
import {
  bpfCommands,
  capabilities,
  ringOperations,
  syscallsI386,
  syscallsX64,
} from "../names/names.gen.ts";
import { lower, type Lowered } from "./lower.ts";
import { execActs, fileActs, ipActs, learned, policies, unixActs } from "./made-policies.ts";
import { KernelModel, type Outcome } from "./model.ts";
import type { NumberFacet } from "./numbers.ts";
import { pathBytes } from "./path-bytes.ts";

const secret = Uint8Array.from({ length: 16 }, (_, index) => 255 - index);
const calls = { native: syscallsX64, compat: syscallsI386 };
const phases = fc.constantFrom<Phase>("start", "steady");

interface Both {
  readonly compiled: Compiled;
  readonly lowered: Lowered;
  readonly model: KernelModel;
}

function both(policy: Policy, profile: readonly Learned[]): Both {
  const made = compile({ policy, learned: profile, nowMs: 2 });
  if ("problems" in made) throw new Error(JSON.stringify(made.problems));
  const lowering = lower(made.compiled, { secret, calls, generation: 7 });
  if ("refused" in lowering) throw new Error(JSON.stringify(lowering.refused));
  const { lowered } = lowering;
  return { compiled: made.compiled, lowered, model: new KernelModel(lowered, secret) };
}

const profiles = fc.array(learned, { maxLength: 8 });
const runs = { numRuns: 400 };

interface Asked<A> {
  readonly model: KernelModel;
  readonly act: A;
  readonly phase: Phase;
  readonly judged: Outcome;
}

/** Which acts the policy and the profile speak of is left to chance; enough of them meet. */
function holds<A extends Act>(acts: fc.Arbitrary<A>, law: (asked: Asked<A>) => void): void {
  const some = fc.array(acts, { minLength: 10, maxLength: 10 });
  const property = fc.property(policies, profiles, some, phases, (policy, profile, all, phase) => {
    const { compiled, model } = both(policy, profile);
    for (const act of all) law({ model, act, phase, judged: judge(compiled, act, phase).outcome });
  });
  fc.assert(property, runs);
}

test("files", () => {
  holds(fileActs, ({ model, act: { path, access, unclear }, phase, judged }) => {
    const file = () => model.file(pathBytes(path), useValues[access], phase);
    expect(unclear ? model.unclear("file") : file()).toBe(judged);
  });
});

test("programs and scripts", () => {
  holds(execActs, ({ model, act, phase, judged }) => {
    const { script, deleted, unclear } = act;
    const path = pathBytes(act.path);
    const program = () =>
      script === undefined
        ? model.program(path, phase, deleted)
        : model.script(path, pathBytes(script), phase, deleted);
    expect(unclear ? model.unclear("exec") : program()).toBe(judged);
  });
});

test("addresses", () => {
  holds(ipActs, ({ model, act, phase, judged }) => {
    const { operation, protocol, address, port, peer } = act;
    const asked = operation === "accept" ? peer : address;
    const reached = {
      ...located(asked),
      ...(operation === "accept" && { own: located(address) }),
      distance: ["loopback", "private", "public"].indexOf(distanceOf(readAddress(asked) ?? [])),
      port,
      protocol: protocols[protocol] ?? 99,
    };
    expect(model.reach(reached, reachValues[operation], phase)).toBe(judged);
  });
});

const protocols: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17 };

function located(address: string): { family: 4 | 6; address: readonly number[] } {
  const { bytes } = readBefore(readCidr(address));
  return { family: bytes.length === 4 ? 4 : 6, address: bytes };
}

test("unix sockets", () => {
  holds(unixActs, ({ model, act: { operation, path, unclear }, phase, judged }) => {
    expect(model.unix(pathBytes(path), reachValues[operation], phase, unclear)).toBe(judged);
  });
});

type FewAct = Extract<Act, { readonly facet: NumberFacet }>;

function each(
  names: Readonly<Record<number, string>>,
  make: (name: string) => FewAct,
): (readonly [FewAct, number])[] {
  return Object.entries(names).map(([number, name]) => [make(name), Number(number)] as const);
}

const { mount, umount, ptrace_attach, ptrace_read, capset } = operationValues;
const numbered = new Map<FewAct, number>([
  [{ facet: "mount", object: "mount" }, mount],
  [{ facet: "mount", object: "umount" }, umount],
  [{ facet: "ptrace", object: "ptrace_attach" }, ptrace_attach],
  [{ facet: "ptrace", object: "ptrace_read" }, ptrace_read],
  [{ facet: "credential", object: "capset" }, capset],
  ...each(bpfCommands, (object) => ({ facet: "bpf", object })),
  ...each(capabilities, (name) => ({ facet: "capability", name })),
  // Number 64 has the first one's bits.
  ...each(ringOperations, (object) => ({ facet: "io_uring", object })).slice(1, 64),
]);

test("capabilities and operations", () => {
  holds(fc.constantFrom(...numbered.keys()), ({ model, act, phase, judged }) => {
    expect(model.number(act.facet, numbered.get(act) ?? 0, phase)).toBe(judged);
  });
});

test("system calls, of either table", () => {
  const tables = [
    [syscallsX64, {}],
    [syscallsI386, { compat: true }],
  ] as const;
  const asked = ["read", "ptrace", "mount", "bpf", "setns", "write"];
  const property = fc.property(policies, profiles, phases, (policy, profile, phase) => {
    const { compiled, model } = both(policy, profile);
    for (const [names, compat] of tables) {
      for (const [number, name] of Object.entries(names).filter(([, each]) =>
        asked.includes(each),
      )) {
        const { outcome } = judge(compiled, { facet: "syscall", name, ...compat }, phase);
        const denied = model.isCallDenied(Number(number), "compat" in compat, phase);
        expect([name, compat, denied]).toEqual([name, compat, outcome === "deny"]);
      }
    }
  });
  fc.assert(property, runs);
});

test("an open for more than one use is as bad as the worst of them", () => {
  const graver = (a: Outcome, b: Outcome) => {
    const order: readonly Outcome[] = ["allow", "tell", "deny"];
    return order.indexOf(a) > order.indexOf(b) ? a : b;
  };
  const property = fc.property(policies, profiles, fileActs, phases, (...given) => {
    const [policy, profile, { path }, phase] = given;
    const { compiled, model } = both(policy, profile);
    const each = (access: "read" | "write") =>
      judge(compiled, { facet: "file", access, path }, phase).outcome;
    const uses = useValues.read | useValues.write;
    expect(model.file(pathBytes(path), uses, phase)).toBe(graver(each("read"), each("write")));
  });
  fc.assert(property, runs);
});

test("the order of entries changes no byte", () => {
  const property = fc.property(policies, profiles, (policy, profile) => {
    const { compiled, lowered } = both(policy, profile);
    const { exec, file, network, runtime_socket } = compiled.tables;
    const tables = {
      ...compiled.tables,
      exec: { ...exec, entries: exec.entries.toReversed() },
      file: { ...file, entries: file.entries.toReversed() },
      network: { ...network, entries: network.entries.toReversed() },
      runtime_socket: { ...runtime_socket, entries: runtime_socket.entries.toReversed() },
    };
    const turned = lower({ ...compiled, tables }, { secret, calls, generation: 7 });
    expect(turned).toMatchObject({ lowered });
  });
  fc.assert(property, { numRuns: 100 });
});
