/** The table of the network, and that of the sockets of container runtimes. */
import type { NetworkRules } from "../policy.ts";
import { errorAt, type Problem } from "../problem.ts";
import { readCidr } from "../values/cidr.ts";
import type { EndpointMatch } from "../values/endpoint.ts";
import type { PortRange } from "../values/port.ts";
import { operationMask } from "./act.ts";
import { ordered } from "./canonical.ts";
import type { EgressEntry, IpEntry, NetworkEntry, Remote, Rule } from "./compiled.ts";
import type { Need } from "./learned.ts";
import { lasting, says, type Said } from "./rules.ts";

const out = operationMask("connect", "send");
const into = operationMask("bind", "listen", "accept");
/** Those that have a peer. */
const spoken = operationMask("connect", "send", "accept");

type NetworkNeed = Extract<Need, { readonly facet: "network" }>;

export function networkEntries(
  network: NetworkRules,
  needs: readonly Said<Need>[],
  nowMs: number,
): { readonly entries: NetworkEntry[]; readonly problems: Problem[] } {
  const problems: Problem[] = [];
  const learned = needs.flatMap(({ rule, need }): NetworkEntry[] => {
    if (need.facet !== "network") return [];
    const entry = entryOf(rule, need);
    if (entry === undefined) problems.push(unreadable(need));
    return entry === undefined ? [] : [entry];
  });
  const exceptions = lasting(network.exceptions, nowMs, "network.exceptions");
  return {
    entries: [
      ...denied(network),
      ...exceptions.flatMap(({ rule, match }) => excepted(rule, match)),
      ...egress(network),
      ...ingress(network),
      ...learned,
    ],
    problems,
  };
}

function ingress({ ingressPorts }: NetworkRules): IpEntry[] {
  if (ingressPorts.length === 0) return [];
  const rule = says("allow", "network.allowedIngressPorts");
  // Clients that bind before they connect leave the port to the kernel (0). Nobody is served there:
  // to listen at what the kernel chose is judged by that port.
  const chosenByKernel = { kind: "ip" as const, rule, operations: operationMask("bind") };
  return [
    ...ingressPorts.map((port) => atPorts(rule, into, port)),
    { ...chosenByKernel, ports: { from: 0, to: 0 } },
  ];
}

function denied(network: NetworkRules): IpEntry[] {
  return [
    ...network.deniedEgressPorts.map((port) =>
      atPorts(says("deny", "network.deniedEgressPorts"), out, port),
    ),
    ...network.deniedIngressPorts.map((port) =>
      atPorts(says("deny", "network.deniedIngressPorts"), into, port),
    ),
    ...network.deniedCidrs.map((cidr) => ({
      kind: "ip" as const,
      rule: says("deny", "network.deniedCIDRs"),
      operations: spoken,
      remote: { kind: "range" as const, cidr },
    })),
  ];
}

function atPorts(rule: Rule, operations: number, { from, to, transport }: PortRange): IpEntry {
  const protocol = transport === undefined ? {} : { protocol: transport };
  return { kind: "ip", rule, operations, ...protocol, ports: { from, to } };
}

/**
 * Without a direction a port is let through in both, and an address as one that is reached: that it
 * were one's own, nobody means who does not say so.
 */
function excepted(
  rule: Rule,
  { peer, transport, ports, direction }: EndpointMatch,
): NetworkEntry[] {
  const isPeer = peer.kind === "cidr" || peer.kind === "domain";
  const ways = [
    ...(direction === "in" ? [] : [out]),
    ...(direction === "out" || (direction === undefined && isPeer) ? [] : [into]),
  ] as const;
  if (peer.kind === "unix") {
    const operations = ways.reduce((all, each) => all | each, 0);
    return [{ kind: "unix", rule, operations, path: peer.path }];
  }
  return ways.flatMap((operations): NetworkEntry[] => {
    const entry = {
      kind: "ip" as const,
      rule,
      operations,
      ...(transport !== undefined && { protocol: transport }),
      ...(ports !== undefined && { ports }),
    };
    switch (peer.kind) {
      case "any":
        return [entry];
      case "domain":
        // One's own address has no name.
        if (operations === into) return [];
        return [{ ...entry, remote: { kind: "name", name: peer.domain } }];
      case "cidr":
        if (operations === into) return [{ ...entry, local: peer.cidr }];
        return [{ ...entry, remote: { kind: "range", cidr: peer.cidr } }];
    }
  });
}

function egress(network: NetworkRules): EgressEntry[] {
  const { egressPorts, egressCidrs, egressDomains } = network;
  const remotes: Remote[] = [
    ...egressCidrs.map((cidr) => ({ kind: "range" as const, cidr })),
    ...egressDomains.map((name) => ({ kind: "name" as const, name })),
  ];
  if (egressPorts.length + remotes.length === 0) return [];
  const ports = egressPorts.map(({ from, to, transport }) => ({
    from,
    to,
    ...(transport !== undefined && { protocol: transport }),
  }));
  const written = [
    ...(ports.length > 0 ? ["allowedEgressPorts"] : []),
    ...(egressCidrs.length > 0 ? ["allowedEgressCIDRs"] : []),
    ...(egressDomains.length > 0 ? ["allowedDomains"] : []),
  ];
  const rule = says("allow", `network.${written.join("+")}`);
  return [{ kind: "egress", rule, ports: ordered(ports), remotes: ordered(remotes) }];
}

function entryOf(rule: Rule, need: NetworkNeed): NetworkEntry | undefined {
  const operations = operationMask(need.operation);
  if ("path" in need) return { kind: "unix", rule, operations, path: need.path };
  const [from, to] = need.ports;
  const { protocol } = need;
  const entry = { kind: "ip", rule, operations, protocol, ports: { from, to } } as const;
  if (need.to.kind !== "range") return { ...entry, remote: need.to };
  const read = readCidr(need.to.range);
  if ("refused" in read) return undefined;
  if (operations & out) return { ...entry, remote: { kind: "range", cidr: read.value } };
  return { ...entry, local: read.value };
}

function unreadable({ operation, protocol, ...need }: NetworkNeed): Problem {
  const range = "to" in need && need.to.kind === "range" ? need.to.range : "";
  return errorAt([], `what was learned of ${operation} ${protocol} has no address: '${range}'`);
}
