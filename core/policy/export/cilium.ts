/** The facet network as a CiliumNetworkPolicy: with denies and names of its own. */
import { cidrText, type Cidr } from "../../behaviour/cidr.ts";
import { connectionsOf, transports, type Allowed, type Port } from "./connections.ts";
import {
  isEnforced,
  lostInTime,
  metadataOf,
  selectorOf,
  unsaid,
  type Exported,
  type Source,
} from "./exported.ts";

/** Cilium takes so many ports in one rule. */
const mostPorts = 40;

export function ciliumNetworkPolicy(source: Source): Exported {
  const { compiled } = source;
  const { unlisted, entries } = compiled.tables.network;
  const connections = connectionsOf(source);
  const isClosed = unlisted === "deny";
  const names = connections.egress.some(({ remotes }) =>
    remotes.some(({ kind }) => kind === "name"),
  );
  const egress = connections.egress.flatMap((allowed) => egressRules(allowed));
  const ingress = connections.ingress.flatMap(({ ports }) =>
    portRules(ports).map((toPorts) => ({ fromEntities: ["all"], ...toPorts })),
  );
  const { deniedCidrs, deniedEgressPorts, deniedIngressPorts } = connections;
  const document = {
    apiVersion: "cilium.io/v2",
    kind: "CiliumNetworkPolicy",
    metadata: metadataOf(source),
    spec: {
      endpointSelector: selectorOf(source),
      enableDefaultDeny: { egress: isClosed, ingress: isClosed },
      // A rule that names nobody: without one, a direction would have no rules at all.
      egress: [...(egress.length > 0 ? egress : [{}]), ...(names ? [askingDns] : [])],
      ingress: ingress.length > 0 ? ingress : [{}],
      ...unlessEmpty("egressDeny", [
        ...denies("toCIDRSet", deniedCidrs),
        ...deniedPorts("toEntities", deniedEgressPorts),
      ]),
      ...unlessEmpty("ingressDeny", [
        ...denies("fromCIDRSet", deniedCidrs),
        ...deniedPorts("fromEntities", deniedIngressPorts),
      ]),
    },
  };
  return {
    documents: [document],
    remarks: [
      ...(isEnforced(compiled.modes.network)
        ? []
        : [`a CiliumNetworkPolicy always denies; here the mode is ${compiled.modes.network}`]),
      ...(unlisted === "audit" ? ["peers that nobody names pass without a word"] : []),
      ...(names
        ? ["allows DNS at the cluster's own server, through Cilium's proxy, for names"]
        : []),
      "Cilium's CIDRs mean addresses outside the cluster: pods are named by labels there",
      ...connections.remarks,
      ...lostInTime(entries),
      ...unsaid(source, ["network"], "a CiliumNetworkPolicy"),
    ],
  };
}

const askingDns = {
  toEndpoints: [
    {
      matchLabels: {
        "k8s:io.kubernetes.pod.namespace": "kube-system",
        "k8s:k8s-app": "kube-dns",
      },
    },
  ],
  toPorts: [{ ports: [{ port: "53", protocol: "ANY" }], rules: { dns: [{ matchPattern: "*" }] } }],
};

function egressRules({ ports, remotes }: Allowed): object[] {
  const cidrs = remotes.flatMap((remote) => (remote.kind === "range" ? [remote.cidr] : []));
  const names = remotes.flatMap((remote) => (remote.kind === "name" ? [remote.name] : []));
  const peers = [
    ...(remotes.length === 0 ? [{ toEntities: ["all"] }] : []),
    ...(cidrs.length === 0 ? [] : [{ toCIDR: cidrs.map(cidrText) }]),
    ...(names.length === 0 ? [] : [{ toFQDNs: names.map(fqdn) }]),
  ];
  return peers.flatMap((peer) => portRules(ports).map((toPorts) => ({ ...peer, ...toPorts })));
}

/** Cilium's `*.` is one label deep, its `**.` any number of them. */
function fqdn(name: string): object {
  return name.startsWith("*.") ? { matchPattern: `*${name}` } : { matchName: name };
}

function portRules(ports: readonly Port[]): object[] {
  if (ports.length === 0) return [{}];
  const rules: object[] = [];
  for (let at = 0; at < ports.length; at += mostPorts) {
    rules.push({ toPorts: [{ ports: ports.slice(at, at + mostPorts).map(portRule) }] });
  }
  return rules;
}

function portRule({ from, to, protocol }: Port): object {
  const transport = transports.find((each) => each === protocol)?.toUpperCase() ?? "ANY";
  return { port: String(from), ...(to > from && { endPort: to }), protocol: transport };
}

function denies(side: "toCIDRSet" | "fromCIDRSet", cidrs: readonly Cidr[]): object[] {
  return cidrs.length === 0 ? [] : [{ [side]: cidrs.map((cidr) => ({ cidr: cidrText(cidr) })) }];
}

function unlessEmpty(field: string, rules: readonly object[]): object {
  return rules.length === 0 ? {} : { [field]: rules };
}

function deniedPorts(side: "toEntities" | "fromEntities", ports: readonly Port[]): object[] {
  if (ports.length === 0) return [];
  return portRules(ports).map((toPorts) => ({ [side]: ["all"], ...toPorts }));
}
