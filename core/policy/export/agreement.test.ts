/** Exports mean what the reference says: asked of random acts, not read line by line. */
import fc from "fast-check";
import { expect, it } from "vitest";
import * as z from "zod";
import type { Act } from "../compile/act.ts";
import { compile } from "../compile/compile.ts";
import { judge } from "../compile/judge.ts";
import { normalise } from "../normalise.ts";
import { parsePolicy } from "../parse.ts";
import { apiVersion, kind } from "../schema/policy.ts";
import { holdsAddress } from "../../behaviour/cidr.ts";
import { readCidr } from "../values/cidr.ts";
import { readBefore } from "../values/read.ts";
import { exportPolicy, type Format } from "./export.ts";
import type { Source } from "./exported.ts";

const calls = ["read", "write", "openat", "ptrace", "mount"];
const facts = { syscalls: new Set(calls), capabilities: new Set<string>(), nowMs: 0 };

/** Undefined where the policy contradicts itself and is refused. */
function sourceOf(enforcement: object): Source | undefined {
  const spec = { selector: { matchLabels: { app: "web" } }, enforcement };
  const document = { apiVersion, kind, metadata: { name: "web", namespace: "shop" }, spec };
  const { policy: parsed } = parsePolicy(document, facts);
  if (parsed === undefined) return undefined;
  const policy = normalise(parsed);
  const result = compile({ policy, nowMs: 0 });
  return "compiled" in result ? { policy, compiled: result.compiled } : undefined;
}

const only = (format: Format, source: Source) =>
  exportPolicy(format, source, "x86_64").documents[0];

const port = z.object({
  protocol: z.string(),
  port: z.number(),
  endPort: z.number().optional(),
});
const peer = z.object({
  ipBlock: z.object({ cidr: z.string(), except: z.array(z.string()).optional() }),
});
const rule = z.object({
  to: z.array(peer).optional(),
  from: z.array(peer).optional(),
  ports: z.array(port).optional(),
});
const networkPolicy = z.object({
  spec: z.object({ egress: z.array(rule), ingress: z.array(rule) }),
});

type IpAct = Extract<Act, { readonly port: number }>;

/** As the API's reference describes it. */
function passes(document: unknown, act: IpAct): boolean {
  const { egress, ingress } = networkPolicy.parse(document).spec;
  const isOut = act.operation === "connect";
  const address = isOut ? act.address : (act.peer ?? "");
  const holds = (cidr: string) => {
    const read = readBefore(readCidr(address));
    return holdsAddress(readBefore(readCidr(cidr)), read.bytes);
  };
  return (isOut ? egress : ingress).some(({ to, from, ports }) => {
    const peers = to ?? from;
    const isPeer =
      peers === undefined ||
      peers.some(({ ipBlock }) => holds(ipBlock.cidr) && !ipBlock.except?.some(holds));
    const isPort =
      ports === undefined ||
      ports.some(
        (each) =>
          each.protocol.toLowerCase() === act.protocol &&
          each.port <= act.port &&
          act.port <= (each.endPort ?? each.port),
      );
    return isPeer && isPort;
  });
}

const ports = fc.array(fc.constantFrom(80, "443/tcp", "8000-8010", "53/udp", "1-65535"), {
  maxLength: 3,
});
const cidrs = fc.array(
  fc.constantFrom("10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "0.0.0.0/0", "::/0", "2001:db8::/32"),
  { maxLength: 3 },
);
const network = fc.record(
  {
    allowedEgressPorts: ports,
    allowedIngressPorts: ports,
    allowedEgressCIDRs: cidrs,
    deniedCIDRs: cidrs,
    deniedEgressPorts: ports,
    deniedIngressPorts: ports,
    exceptions: fc.array(
      fc.constantFrom(
        { match: "tcp/*:80/out", reason: "r" },
        { match: "tcp/10.1.2.3:80/out", reason: "r" },
        { match: "*:53/in", reason: "r" },
        { match: "2001:db8::/32", reason: "r" },
      ),
      { maxLength: 3 },
    ),
  },
  { requiredKeys: [] },
);
const address = fc.constantFrom("10.1.2.3", "10.1.9.9", "10.9.9.9", "192.0.2.1", "2001:db8::1");
const act: fc.Arbitrary<IpAct> = fc.record({
  facet: fc.constant("network" as const),
  operation: fc.constantFrom("connect" as const, "accept" as const),
  protocol: fc.constantFrom("tcp", "udp"),
  address,
  port: fc.constantFrom(1, 53, 80, 443, 8000, 8005, 8010, 8011, 65_535),
  peer: address,
});

it("a NetworkPolicy lets through what the reference does, and nothing else", () => {
  let asked = 0;
  fc.assert(
    fc.property(
      network,
      fc.boolean(),
      fc.array(act, { minLength: 8 }),
      (lists, blockUnknown, acts) => {
        const source = sourceOf({ mode: "enforce", blockUnknown, network: lists });
        if (source === undefined) return;
        const document = only("networkpolicy", source);
        for (const each of acts) {
          asked += 1;
          expect(passes(document, each)).toBe(judge(source.compiled, each).outcome === "allow");
        }
      },
    ),
    { numRuns: 2_000 },
  );
  expect(asked).toBeGreaterThan(5_000);
});

const seccomp = z.object({
  defaultAction: z.string(),
  syscalls: z.array(z.object({ names: z.array(z.string()), action: z.string() })),
});
const names = fc.subarray(calls);

it("a seccomp profile allows no denied call and every allowed one", () => {
  fc.assert(
    fc.property(names, names, fc.boolean(), (allowed, denied, blockUnknown) => {
      const syscalls = { allowedSyscalls: allowed, deniedSyscalls: denied };
      const source = sourceOf({ mode: "enforce", blockUnknown, syscalls });
      if (source === undefined) return;
      const profile = seccomp.parse(only("seccomp", source));
      for (const name of calls) {
        const named = profile.syscalls.find((each) => each.names.includes(name));
        const action = named?.action ?? profile.defaultAction;
        const { outcome, by } = judge(source.compiled, { facet: "syscall", name });
        // What only the runtime needs is allowed beside; the remarks say so.
        if (by === "unlisted" && blockUnknown) continue;
        expect(action).toBe(outcome === "allow" ? "SCMP_ACT_ALLOW" : "SCMP_ACT_ERRNO");
      }
    }),
  );
});
