/** The facet network as a NetworkPolicy of Kubernetes: it can only allow, so denies are cut out. */
import type { Cidr } from "../../behaviour/cidr.ts";
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
import { everywhere, portsWithout, without } from "./ip-ranges.ts";

const allPorts = { from: 1, to: 65_535 };

export function networkPolicy(source: Source): Exported {
  const { compiled } = source;
  const { unlisted, entries } = compiled.tables.network;
  const connections = connectionsOf(source);
  const { deniedCidrs, deniedEgressPorts, deniedIngressPorts } = connections;
  const open: Allowed[] = [{ ports: [], remotes: [] }];
  const isClosed = unlisted === "deny";
  const egress = (isClosed ? connections.egress : open).flatMap((allowed) =>
    ruleOf("to", allowed, deniedCidrs, deniedEgressPorts),
  );
  const ingress = (isClosed ? connections.ingress : open).flatMap((allowed) =>
    ruleOf("from", allowed, deniedCidrs, deniedIngressPorts),
  );
  const document = {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: metadataOf(source),
    spec: {
      podSelector: selectorOf(source),
      policyTypes: ["Egress", "Ingress"],
      egress,
      ingress,
    },
  };
  const names = connections.egress.some(({ remotes }) =>
    remotes.some(({ kind }) => kind === "name"),
  );
  return {
    documents: [document],
    remarks: [
      ...(isEnforced(compiled.modes.network)
        ? []
        : [`a NetworkPolicy always denies; here the mode is ${compiled.modes.network}`]),
      ...(unlisted === "audit" ? ["peers that nobody names pass without a word"] : []),
      ...(names ? ["names cannot be said: peers that are allowed by name are denied there"] : []),
      ...connections.remarks,
      ...lostInTime(entries),
      ...unsaid(source, ["network"], "a NetworkPolicy"),
    ],
  };
}

/** Nothing where its peers are all denied or unsayable: an empty list would mean everybody. */
function ruleOf(
  side: "to" | "from",
  { ports, remotes }: Allowed,
  deniedCidrs: readonly Cidr[],
  deniedPorts: readonly Port[],
): object[] {
  const said = remotes.flatMap((remote) => (remote.kind === "range" ? [remote.cidr] : []));
  const isForAll = remotes.length === 0 && deniedCidrs.length === 0;
  const cidrs = remotes.length === 0 ? everywhere : said;
  const blocks = cidrs.flatMap((cidr) => without(cidr, deniedCidrs) ?? []);
  const numbers = portRules(ports, deniedPorts);
  const isNothing = (!isForAll && blocks.length === 0) || numbers?.length === 0;
  if (isNothing) return [];
  return [
    {
      ...(!isForAll && { [side]: blocks.map((ipBlock) => ({ ipBlock })) }),
      ...(numbers !== undefined && { ports: numbers }),
    },
  ];
}

/** Undefined: every port. A port without a protocol would mean TCP alone. */
function portRules(ports: readonly Port[], denied: readonly Port[]): object[] | undefined {
  if (ports.length === 0 && denied.length === 0) return undefined;
  const wanted: readonly Port[] = ports.length === 0 ? [allPorts] : ports;
  return wanted.flatMap((port) =>
    transports
      .filter((each) => port.protocol === undefined || port.protocol === each)
      .flatMap((transport) => {
        const gaps = denied.filter(({ protocol }) => (protocol ?? transport) === transport);
        return portsWithout(port, gaps).map(({ from, to }) => ({
          protocol: transport.toUpperCase(),
          port: from,
          ...(to > from && { endPort: to }),
        }));
      }),
  );
}
