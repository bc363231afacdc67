/** Laws of compiling and judging, whatever the policy, the profile and the act. */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { Mode, Policy, Unlisted } from "../policy.ts";
import { normalise } from "../normalise.ts";
import { parsePolicy } from "../parse.ts";
import { apiVersion, kind } from "../schema/policy.ts";
import type { Cidr } from "../../behaviour/cidr.ts";
import type { EndpointMatch } from "../values/endpoint.ts";
import type { PathPattern } from "../values/path.ts";
import { fileAccesses, networkOperations, plainFacets, type Act } from "./act.ts";
import { digestInput } from "./canonical.ts";
import { compile } from "./compile.ts";
import type { Compiled } from "./compiled.ts";
import { judge, type Phase, type Verdict } from "./judge.ts";
import type { Learned, Need } from "./learned.ts";

const path = fc.constantFrom("/", "/a", "/a/b", "/a/b/c", "/b", "/a/x.sock", "/run/docker.sock");
const extent = fc.constantFrom("exact" as const, "children" as const, "tree" as const);
const pattern: fc.Arbitrary<PathPattern> = fc.record({ path, extent });
const call = fc.constantFrom("read", "ptrace", "mount", "unshare", "bpf");
const capability = fc.constantFrom("CAP_CHOWN", "CAP_NET_ADMIN");
const v4 = (...bytes: number[]) => bytes;
const cidr: fc.Arbitrary<Cidr> = fc.constantFrom(
  { bytes: v4(10, 0, 0, 0), bits: 8 },
  { bytes: v4(10, 0, 0, 1), bits: 32 },
  { bytes: v4(0, 0, 0, 0), bits: 0 },
  { bytes: [0x20, 1, 0x0d, 0xb8, ...Array<number>(12).fill(0)], bits: 32 },
);
const port = fc.constantFrom(
  { from: 1, to: 80 },
  { from: 443, to: 443, transport: "tcp" as const },
  { from: 53, to: 53, transport: "udp" as const },
);
const match: fc.Arbitrary<EndpointMatch> = fc.record(
  {
    peer: fc.oneof(
      fc.constant({ kind: "any" as const }),
      cidr.map((each) => ({ kind: "cidr" as const, cidr: each })),
      fc.constant({ kind: "domain" as const, domain: "*.a.org" }),
      path.map((each) => ({ kind: "unix" as const, path: each })),
    ),
    transport: fc.constantFrom("tcp" as const, "udp" as const),
    ports: fc.constantFrom({ from: 1, to: 100 }, { from: 443, to: 443 }),
    direction: fc.constantFrom("in" as const, "out" as const),
  },
  { requiredKeys: ["peer"] },
);

const mode = fc.constantFrom<Mode>("off", "monitor", "alert", "enforce");
const unlisted = fc.constantFrom<Unlisted>("allow", "audit", "deny");
const list = <T>(item: fc.Arbitrary<T>) => fc.array(item, { maxLength: 4 });
const exceptions = <T>(of: fc.Arbitrary<T>) =>
  list(
    fc.record(
      { match: of, reason: fc.constant("r"), expiresMs: fc.constantFrom(1, 3) },
      { requiredKeys: ["match", "reason"] },
    ),
  );
const facet = <T>(of: fc.Arbitrary<T>) => ({ mode, unlisted, exceptions: exceptions(of) });
const lists = <T>(of: fc.Arbitrary<T>) =>
  fc.record({ ...facet(of), allowed: list(of), denied: list(of) });

const plainPolicy = parsePolicy(
  { apiVersion, kind, metadata: { name: "p" }, spec: { selector: {} } },
  { syscalls: new Set(), capabilities: new Set(), nowMs: 0 },
).policy;
const policies: fc.Arbitrary<Policy> = fc
  .record({
    mode,
    unlisted: fc.constantFrom("allow" as const, "deny" as const),
    facets: fc.record({
      syscall: lists(call),
      capability: lists(capability),
      exec: lists(pattern),
      file: fc.record({
        ...facet(pattern),
        allowed: list(pattern),
        denied: list(pattern),
        readOnly: list(pattern),
      }),
      network: fc.record({
        ...facet(match),
        egressPorts: list(port),
        egressCidrs: list(cidr),
        egressDomains: list(fc.constantFrom("a.org", "*.a.org")),
        ingressPorts: list(port),
        deniedEgressPorts: list(port),
        deniedIngressPorts: list(port),
        deniedCidrs: list(cidr),
      }),
    }),
  })
  .map((part) => {
    if (plainPolicy === undefined) throw new Error("the plain policy is none");
    return { ...normalise(plainPolicy), ...part };
  });

const object = fc.constantFrom("mount /a", "umount /a", "unshare", "ptrace_attach", "prog_load");
const address = fc.constantFrom("10.0.0.1", "10.9.9.9", "127.0.0.1", "192.0.2.1", "2001:db8::1");
const protocol = fc.constantFrom("tcp", "udp");
const portNumber = fc.constantFrom(0, 53, 80, 81, 443, 65_535);
const operation = fc.constantFrom(...networkOperations);
const access = fc.constantFrom(...fileAccesses);
const yes = fc.constant(true as const);

const acts: fc.Arbitrary<Act> = fc.oneof(
  fc.record(
    { facet: fc.constant("exec" as const), path, script: path, deleted: yes, unclear: yes },
    { requiredKeys: ["facet", "path"] },
  ),
  fc.record(
    { facet: fc.constant("file" as const), access, path, unclear: yes },
    { requiredKeys: ["facet", "access", "path"] },
  ),
  fc.record(
    {
      facet: fc.constant("network" as const),
      operation,
      protocol,
      address,
      port: portNumber,
      peer: address,
      names: list(fc.constantFrom("a.org", "b.a.org", "c.org")),
    },
    { requiredKeys: ["facet", "operation", "protocol", "address", "port"] },
  ),
  fc.record({
    facet: fc.constant("network" as const),
    operation,
    protocol: fc.constant("unix" as const),
    path,
  }),
  fc.record(
    { facet: fc.constant("syscall" as const), name: call, compat: yes },
    { requiredKeys: ["facet", "name"] },
  ),
  fc.record({ facet: fc.constant("capability" as const), name: capability }),
  fc.record({ facet: fc.constantFrom(...plainFacets), object }),
);

/** What would have been learned of the act. */
function needOf(act: Act): Need {
  if (act.facet === "exec") {
    return {
      facet: "exec",
      path: act.path,
      ...(act.script !== undefined && { script: act.script }),
    };
  }
  if (act.facet !== "network" || "path" in act) return act;
  const { facet, operation: how, protocol: by, port: at } = act;
  const to =
    how === "accept"
      ? { kind: "distance" as const, distance: "private" as const }
      : { kind: "range" as const, range: act.address };
  return { facet, operation: how, protocol: by, to, ports: [at, at] };
}

const learnedOf: fc.Arbitrary<Learned> = fc
  .tuple(acts, fc.boolean())
  .map(([act, isStart]) => ({ need: needOf(act), ...(isStart && { startOnly: true as const }) }));
const phases = fc.constantFrom<Phase>("start", "steady");

function tablesOf(policy: Policy, learned: readonly Learned[] = []): Compiled {
  const result = compile({ policy, learned, nowMs: 2 });
  if ("problems" in result) throw new Error(JSON.stringify(result.problems));
  return result.compiled;
}

/** How much an outcome lets through. */
const openness = ({ outcome }: Verdict) => ["deny", "tell", "allow"].indexOf(outcome);

const holds = <T extends [unknown, ...unknown[]]>(
  arbitraries: { [K in keyof T]: fc.Arbitrary<T[K]> },
  law: (...values: T) => void,
) => fc.assert(fc.property(...arbitraries, law), { numRuns: 500 });

it("the order of lists, of what was learned and how often it is told changes no table", () => {
  holds([policies, list(learnedOf), fc.boolean()], (policy, learned, twice) => {
    const { facets } = policy;
    const turned: Policy = {
      ...policy,
      facets: {
        ...facets,
        file: {
          ...facets.file,
          allowed: facets.file.allowed.toReversed(),
          denied: facets.file.denied.toReversed(),
          exceptions: facets.file.exceptions.toReversed(),
        },
        exec: { ...facets.exec, allowed: facets.exec.allowed.toReversed() },
        syscall: { ...facets.syscall, denied: facets.syscall.denied.toReversed() },
        network: {
          ...facets.network,
          egressPorts: facets.network.egressPorts.toReversed(),
          egressCidrs: facets.network.egressCidrs.toReversed(),
          deniedCidrs: facets.network.deniedCidrs.toReversed(),
        },
      },
    };
    const again = [...learned.toReversed(), ...(twice ? learned : [])];
    expect(digestInput(tablesOf(turned, again))).toBe(digestInput(tablesOf(policy, learned)));
  });
});

it("no mode changes a table", () => {
  holds([policies, mode], (policy, other) => {
    const { facets } = policy;
    const changed = {
      ...policy,
      mode: other,
      facets: { ...facets, file: { ...facets.file, mode: other } },
    };
    expect(digestInput(tablesOf(changed))).toBe(digestInput(tablesOf(policy)));
  });
});

it("what is denied by name stays denied, whatever is learned", () => {
  holds([policies, list(learnedOf), acts, phases], (policy, learned, act, phase) => {
    const before = judge(tablesOf(policy), act, phase);
    const after = judge(tablesOf(policy, [...learned, { need: needOf(act) }]), act, phase);
    if (before.by === "deny") expect(after).toMatchObject({ outcome: "deny", by: "deny" });
    expect(openness(after)).toBeGreaterThanOrEqual(openness(before));
  });
});

it("what was learned is allowed, unless a name denies it", () => {
  holds([policies, acts, phases], (policy, act, phase) => {
    // A path that its file has left, or that was cut, says nothing; and a public peer was not
    // learned.
    if (("deleted" in act && act.deleted) || ("unclear" in act && act.unclear)) return;
    if (act.facet === "network" && act.operation === "accept" && "port" in act) return;
    const { outcome, by } = judge(tablesOf(policy, [{ need: needOf(act) }]), act, phase);
    expect(outcome).toBe(by === "deny" ? "deny" : "allow");
  });
});

it("a further deny never lets more through, a further allow never less", () => {
  holds([policies, pattern, call, cidr, acts], (policy, where, name, range, act) => {
    const { facets } = policy;
    const { file, exec, syscall, network } = facets;
    const before = judge(tablesOf(policy), act);
    const denying = tablesOf({
      ...policy,
      facets: {
        ...facets,
        file: { ...file, denied: [...file.denied, where] },
        exec: { ...exec, denied: [...exec.denied, where] },
        syscall: { ...syscall, denied: [...syscall.denied, name] },
        network: { ...network, deniedCidrs: [...network.deniedCidrs, range] },
      },
    });
    const allowing = tablesOf({
      ...policy,
      facets: {
        ...facets,
        file: { ...file, allowed: [...file.allowed, where] },
        exec: { ...exec, allowed: [...exec.allowed, where] },
        syscall: { ...syscall, allowed: [...syscall.allowed, name] },
      },
    });
    expect(openness(judge(denying, act))).toBeLessThanOrEqual(openness(before));
    expect(openness(judge(allowing, act))).toBeGreaterThanOrEqual(openness(before));
  });
});

it("what is allowed when steady is allowed at the start too", () => {
  holds([policies, list(learnedOf), acts], (policy, learned, act) => {
    const compiled = tablesOf(policy, learned);
    const [start, steady] = [judge(compiled, act, "start"), judge(compiled, act, "steady")];
    expect(openness(start)).toBeGreaterThanOrEqual(openness(steady));
  });
});

it("nothing is done to an act but what its mode does", () => {
  holds([policies, acts], (policy, act) => {
    const verdict = judge(tablesOf(policy), act);
    const denies = verdict.outcome === "deny";
    const expected =
      denies && verdict.mode === "enforce"
        ? "deny"
        : denies && verdict.mode === "alert"
          ? "alert"
          : "allow";
    expect(verdict.action).toBe(expected);
  });
});

it("an act whose path is not known never passes in silence where it may be denied", () => {
  holds([policies, list(learnedOf), acts], (policy, learned, act) => {
    if (!("path" in act)) return;
    const compiled = tablesOf(policy, learned);
    const { facet, ...known } = judge(compiled, act);
    const { outcome, by } = judge(compiled, { ...act, unclear: true });
    expect(by).toBe("unclear");
    if (known.outcome === "deny") expect(outcome).not.toBe("allow");
    if (compiled.tables[facet].unlisted === "deny") expect(outcome).toBe("deny");
  });
});
