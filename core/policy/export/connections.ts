/** The table of the network as what firewalls of a cluster know: who may be reached and serve. */
import { operationMask } from "../compile/act.ts";
import type { IpEntry, NetworkEntry, Ports, Remote } from "../compile/compiled.ts";
import type { Cidr } from "../../behaviour/cidr.ts";
import { isDeny, isGrant, type Source } from "./exported.ts";

export const transports = ["tcp", "udp", "sctp"] as const;
export interface Allowed {
  /** Empty: every port. */
  readonly ports: readonly Port[];
  /** Empty: every peer. */
  readonly remotes: readonly Remote[];
}

export type Port = Ports & { readonly protocol?: string };

export interface Connections {
  readonly egress: readonly Allowed[];
  readonly ingress: readonly Allowed[];
  readonly deniedCidrs: readonly Cidr[];
  readonly deniedEgressPorts: readonly Port[];
  readonly deniedIngressPorts: readonly Port[];
  readonly remarks: readonly string[];
}

const out = operationMask("connect", "send");
const accepting = operationMask("accept", "listen");
const loopback = [127, 0, 0, 0];

export function connectionsOf({ compiled }: Source): Connections {
  const { entries } = compiled.tables.network;
  const ip = entries.filter((entry) => entry.kind === "ip");
  const granted = ip.filter(isGrant).filter(isOutside);
  const denied = ip.filter(isDeny);
  const outward = granted.filter(({ operations }) => (operations & out) !== 0);
  const inward = granted.filter(({ operations }) => (operations & accepting) !== 0);
  return {
    egress: [
      ...entries
        .filter((entry) => entry.kind === "egress")
        .map(({ ports, remotes }) => ({ ports, remotes })),
      ...joined(outward),
    ],
    ingress: joined(inward),
    deniedCidrs: denied.flatMap(({ remote }) => (remote?.kind === "range" ? [remote.cidr] : [])),
    deniedEgressPorts: portsOf(denied.filter(({ operations }) => (operations & out) !== 0)),
    deniedIngressPorts: portsOf(denied.filter(({ operations }) => (operations & out) === 0)),
    remarks: remarksOn(entries),
  };
}

/** One for each set of ports, with all the peers of it: a profile has many addresses of a port. */
function joined(entries: readonly IpEntry[]): Allowed[] {
  const byPort = new Map<string, { ports: Port[]; remotes: Remote[]; isForAll: boolean }>();
  for (const entry of entries) {
    const [port] = portsOf([entry]);
    const key = JSON.stringify(port ?? null);
    const group = byPort.get(key) ?? { ports: port ? [port] : [], remotes: [], isForAll: false };
    if (entry.remote === undefined || entry.remote.kind === "distance") group.isForAll = true;
    else group.remotes.push(entry.remote);
    byPort.set(key, group);
  }
  return [...byPort.values()].map(({ ports, remotes, isForAll }) => ({
    ports,
    remotes: isForAll ? [] : remotes,
  }));
}

function portsOf(entries: readonly IpEntry[]): Port[] {
  return entries.flatMap(({ ports, protocol }) => {
    if (ports === undefined) return [];
    return [{ ...ports, ...(protocol !== undefined && { protocol }) }];
  });
}

/** Other protocols and what stays in the pod never meet a cluster's firewall. */
function isOutside({ protocol, remote, local, ports }: IpEntry): boolean {
  const isTransport = protocol === undefined || transports.some((each) => each === protocol);
  const cidr = remote?.kind === "range" ? remote.cidr : local;
  const isLocal =
    (remote?.kind === "distance" && remote.distance === "loopback") ||
    (cidr !== undefined && isLoopback(cidr));
  return isTransport && !isLocal && ports?.to !== 0;
}

function isLoopback({ bytes, bits }: Cidr): boolean {
  if (bytes.length === 4) return bits >= 8 && bytes[0] === loopback[0];
  return bits === 128 && bytes.every((byte, at) => byte === (at === 15 ? 1 : 0));
}

function remarksOn(entries: readonly NetworkEntry[]): string[] {
  const isUnix = entries.some(({ kind }) => kind === "unix");
  const isByDistance = entries.some(
    (entry) => entry.kind === "ip" && entry.remote?.kind === "distance",
  );
  const isOwn = entries.some((entry) => entry.kind === "ip" && entry.local !== undefined);
  return [
    ...(isOwn ? ["own addresses cannot be said: a port is served at all of them there"] : []),
    ...(isUnix ? ["unix sockets never leave the pod: they are not judged there"] : []),
    ...(isByDistance ? ["who may come in was learned by distance: every peer may there"] : []),
  ];
}
