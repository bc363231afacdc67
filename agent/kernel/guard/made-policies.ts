/** Policies, what was learned and acts at random, for the tests that hold lowering to core. */
import fc from "fast-check";
import { normalise } from "@pahlevan/core/policy/normalise.ts";
import { parsePolicy } from "@pahlevan/core/policy/parse.ts";
import type { Mode, Policy, Unlisted } from "@pahlevan/core/policy/policy.ts";
import { apiVersion, kind } from "@pahlevan/core/policy/schema/policy.ts";
import type { Cidr } from "@pahlevan/core/behaviour/cidr.ts";
import { readCidr } from "@pahlevan/core/policy/values/cidr.ts";
import type { EndpointMatch } from "@pahlevan/core/policy/values/endpoint.ts";
import type { PathPattern } from "@pahlevan/core/policy/values/path.ts";
import { readBefore } from "@pahlevan/core/policy/values/read.ts";
import { fileAccesses, networkOperations, type Act } from "@pahlevan/core/policy/compile/act.ts";
import type { Segments } from "@pahlevan/core/policy/compile/compiled.ts";
import type { Learned, Need } from "@pahlevan/core/policy/compile/learned.ts";

/**
 * Some of eight bytes and of more, which is where a word of the hash ends; some that are guarded.
 */
const name = fc.constantFrom(
  ...["a", "b", "ab", "axb", "a.log", ".a", ".log", "é", "aé", "\udcc3", "\udcff"],
  ...["a.Key", "a-token.log", "etc", "asecretb"],
  ...["eight888", "eight888-and-more.log"],
);
const paths = fc.array(name, { maxLength: 4 }).map((names) => `/${names.join("/")}`);
const pattern: fc.Arbitrary<PathPattern> = fc.record({
  path: paths,
  extent: fc.constantFrom("exact" as const, "children" as const, "tree" as const),
});
const part = fc.constantFrom("", "a", "b", "é", ".log", "eight888-");
const segment = fc.oneof(
  name.map((each) => [each]),
  fc.tuple(part, part),
);
const wild = fc.constant(["", ""]);
const segments: fc.Arbitrary<Segments> = fc
  .oneof(
    fc.array(segment, { minLength: 1, maxLength: 4 }),
    fc.array(wild, { minLength: 2, maxLength: 4 }),
  )
  .map((names) => [[""], ...names]);

const cidrs = [
  ...["10.0.0.0/8", "10.0.0.1/32", "0.0.0.0/0", "10.0.0.128/25", "127.0.0.0/8"],
  ...["2001:db8::/32", "::/0", "2001:db8::1/128", "2001:db8::8000:0:0:0/65"],
].map((text) => readBefore(readCidr(text)));
const cidr: fc.Arbitrary<Cidr> = fc.constantFrom(...cidrs);
const addresses = [
  ...["10.0.0.1", "10.0.0.200", "10.9.9.9", "127.0.0.1", "192.0.2.1", "::1", "2001:db8::1"],
  ...["2001:db8::8000:0:0:1", "2001:db9::1", "fe80::1", "::ffff:10.0.0.1"],
];
const address = fc.constantFrom(...addresses);
const ports = fc.constantFrom(
  { from: 1, to: 80 },
  { from: 443, to: 443 },
  { from: 0, to: 65_535 },
  { from: 1_000, to: 5_001 },
);
const transport = fc.constantFrom({}, { transport: "tcp" as const }, { transport: "udp" as const });
const portRange = fc.tuple(ports, transport).map(([range, by]) => ({ ...range, ...by }));
const socket = fc.constantFrom("/a", "/run/docker.sock", "/run/app.sock", "@b");
const peer = fc.oneof(
  fc.constant({ kind: "any" as const }),
  cidr.map((each) => ({ kind: "cidr" as const, cidr: each })),
  fc.constant({ kind: "domain" as const, domain: "a.org" }),
  socket.map((each) => ({ kind: "unix" as const, path: each })),
);
const maybePorts = fc.option(
  ports.map((each) => ({ ports: each })),
  { nil: {}, freq: 1 },
);
const direction = fc.constantFrom({}, { direction: "in" as const }, { direction: "out" as const });
const match: fc.Arbitrary<EndpointMatch> = fc
  .tuple(peer, transport, maybePorts, direction)
  .map(([to, by, at, way]) => ({ peer: to, ...by, ...at, ...way }));

const mode = fc.constantFrom<Mode>("monitor", "alert", "enforce");
const unlisted = fc.constantFrom<Unlisted>("allow", "audit", "deny");
const list = <T>(item: fc.Arbitrary<T>) => fc.array(item, { maxLength: 4 });
const exceptions = <T>(of: fc.Arbitrary<T>) =>
  list(fc.record({ match: of, reason: fc.constant("r") }));
const facet = <T>(of: fc.Arbitrary<T>) => ({ mode, unlisted, exceptions: exceptions(of) });
const lists = <T>(of: fc.Arbitrary<T>) =>
  fc.record({ ...facet(of), allowed: list(of), denied: list(of) });

const call = fc.constantFrom(
  ...["read", "ptrace", "mount", "umount2", "bpf", "capset", "io_uring_enter", "setns"],
);
const capability = fc.constantFrom("CAP_CHOWN", "CAP_NET_ADMIN", "CAP_BPF");

const plainPolicy = parsePolicy(
  { apiVersion, kind, metadata: { name: "p" }, spec: { selector: {} } },
  { syscalls: new Set(), capabilities: new Set(), nowMs: 0 },
).policy;

export const policies: fc.Arbitrary<Policy> = fc
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
        egressPorts: list(portRange),
        egressCidrs: list(cidr),
        egressDomains: list(fc.constantFrom("a.org")),
        ingressPorts: list(portRange),
        deniedEgressPorts: list(portRange),
        deniedIngressPorts: list(portRange),
        deniedCidrs: list(cidr),
      }),
    }),
  })
  .map((parts) => {
    if (plainPolicy === undefined) throw new Error("the plain policy is none");
    return { ...normalise(plainPolicy), ...parts };
  });

const operation = fc.constantFrom(...networkOperations);
/** Of sixteen accesses one is most of them, so that acts and patterns meet. */
const access = fc.oneof(fc.constant("read" as const), fc.constantFrom(...fileAccesses));
const yes = fc.constant(true as const);
const number = fc.constantFrom(0, 1, 53, 80, 81, 443, 1_024, 5_001, 5_002, 65_535);
const protocol = fc.constantFrom("tcp", "udp", "icmp", "protocol_99");

/** Now and then: fast-check's optional keys are there five times out of six. */
function rarely<T extends object, More extends object>(
  acts: fc.Arbitrary<T>,
  more: fc.Arbitrary<More>,
  oneIn: number,
): fc.Arbitrary<T & Partial<More>> {
  const dice = fc.integer({ min: 1, max: oneIn });
  return fc
    .tuple(acts, more, dice)
    .map(([act, extra, thrown]) => (thrown === 1 ? { ...act, ...extra } : act));
}
const unclear = fc.record({ unclear: yes });

export const fileActs = rarely(
  fc.record({ facet: fc.constant("file" as const), access, path: paths }),
  unclear,
  10,
);
/** So few that what is asked is often what was learned. */
const few = fc.constantFrom("/a", "/b", "/a/b", "/a/eight888-and-more.log");
const programs = fc.record({ facet: fc.constant("exec" as const), path: few });
const scripts = rarely(programs, fc.record({ script: few }), 2);
export const execActs = rarely(rarely(scripts, fc.record({ deleted: yes }), 4), unclear, 10);
/** Of accept the kernel always knows who comes in. */
export const ipActs = fc.record({
  facet: fc.constant("network" as const),
  ...{ operation, protocol, address, port: number, peer: address },
});
export const unixActs = rarely(
  fc.record({
    facet: fc.constant("network" as const),
    ...{ operation, protocol: fc.constant("unix" as const), path: socket },
  }),
  unclear,
  10,
);

const plainNeed: fc.Arbitrary<Need> = fc.constantFrom<Need>(
  { facet: "mount", object: "mount" },
  { facet: "ptrace", object: "ptrace_read" },
  { facet: "bpf", object: "BPF_PROG_LOAD" },
  { facet: "io_uring", object: "IORING_OP_READ" },
  { facet: "capability", name: "CAP_CHOWN" },
  { facet: "syscall", name: "read" },
  { facet: "syscall", name: "read", compat: true },
);

/** What would have been learned of an act. */
function needOf(act: Extract<Act, { readonly facet: "exec" | "file" | "network" }>): Need {
  if (act.facet === "exec")
    return {
      facet: "exec",
      path: act.path,
      ...(act.script !== undefined && { script: act.script }),
    };
  if (act.facet === "file" || "path" in act) return act;
  const { facet: of, operation: how, protocol: by, port: at } = act;
  const to =
    how === "accept"
      ? { kind: "distance" as const, distance: "private" as const }
      : { kind: "range" as const, range: act.address };
  return { facet: of, operation: how, protocol: by, to, ports: [at, at] };
}

export const learned: fc.Arbitrary<Learned> = fc
  .tuple(
    fc.oneof(
      plainNeed,
      fc.oneof(execActs, fileActs, ipActs, unixActs).map(needOf),
      rarely(
        fc.record({ facet: fc.constant("file" as const), access, pattern: segments }),
        fc.record({ evenGuarded: yes }),
        3,
      ),
    ),
    fc.boolean(),
  )
  .map(([need, isStart]) => ({ need, ...(isStart && { startOnly: true as const }) }));
