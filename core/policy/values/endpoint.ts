/** What a network exception matches: the very words by which a decision names its object. */
import { addressText } from "../../behaviour/address.ts";
import { cidrText, type Cidr } from "../../behaviour/cidr.ts";
import { readCidr } from "./cidr.ts";
import { readDomain } from "./domain.ts";
import { readPath } from "./path.ts";
import { readPort, transports, type Transport } from "./port.ts";
import { refused, type Read } from "./read.ts";

export type Peer =
  | { readonly kind: "any" }
  | { readonly kind: "cidr"; readonly cidr: Cidr }
  | { readonly kind: "domain"; readonly domain: string }
  | { readonly kind: "unix"; readonly path: string };

export interface EndpointMatch {
  readonly peer: Peer;
  /** Absent: every one. */
  readonly transport?: Transport;
  readonly ports?: { readonly from: number; readonly to: number };
  readonly direction?: "in" | "out";
}

export const endpointSays =
  "an endpoint as observe shows it (tcp/10.0.0.1:443/out), or a part of it " +
  "(10.0.0.0/8:443, *.example.org, *:53)";
const shape = /^(?:(tcp|udp|sctp|unix)\/)?(.+?)(?:\/(in|out))?$/s;

export function readEndpoint(text: string): Read<EndpointMatch> {
  const [, protocol, where = "", way] = shape.exec(text) ?? [];
  const direction = way === "in" || way === "out" ? ({ direction: way } as const) : {};
  if (protocol === "unix") {
    const path = readPath(where);
    if ("refused" in path) return path;
    if (path.value.extent !== "exact") return refused("a unix socket is named by its whole path");
    return { value: { peer: { kind: "unix", path: path.value.path }, ...direction } };
  }
  const [host, port] = hostAndPort(where);
  const peer = readPeer(host);
  if ("refused" in peer) return peer;
  const transport = transports.find((each) => each === protocol);
  const rest = { ...(transport !== undefined && { transport }), ...direction };
  if (port === undefined) return { value: { peer: peer.value, ...rest } };
  const range = readPort(port);
  if ("refused" in range) return range;
  if (range.value.transport !== undefined) return refused("the protocol comes first: udp/*:53");
  const { from, to } = range.value;
  return { value: { peer: peer.value, ports: { from, to }, ...rest } };
}

/** An IPv6 address with a port stands in brackets; its CIDR's length may be in them or after. */
function hostAndPort(where: string): [host: string, port: string | undefined] {
  const bracketed = /^\[([^\]]*)\](\/\d+)?(?::(.*))?$/.exec(where);
  if (bracketed) return [`${bracketed[1]}${bracketed[2] ?? ""}`, bracketed[3]];
  const colon = where.indexOf(":");
  if (colon < 0 || where.includes(":", colon + 1)) return [where, undefined];
  return [where.slice(0, colon), where.slice(colon + 1)];
}

function readPeer(host: string): Read<Peer> {
  if (host === "*") return { value: { kind: "any" } };
  if (/^[\d.]+(\/\d*)?$|:/.test(host)) {
    const cidr = readCidr(host);
    return "refused" in cidr ? cidr : { value: { kind: "cidr", cidr: cidr.value } };
  }
  const domain = readDomain(host);
  if ("refused" in domain) return refused(`it takes ${endpointSays}`);
  return { value: { kind: "domain", domain: domain.value } };
}

export function endpointText({ peer, transport, ports, direction }: EndpointMatch): string {
  const end = direction === undefined ? "" : `/${direction}`;
  if (peer.kind === "unix") {
    return `unix/${peer.path.replaceAll(/[*?[\]{}\\]/g, "\\$&")}${end}`;
  }
  const range = ports && (ports.from === ports.to ? ports.from : `${ports.from}-${ports.to}`);
  const after = range === undefined ? "" : `:${range}`;
  return `${transport === undefined ? "" : `${transport}/`}${peerText(peer, after !== "")}${after}${end}`;
}

function peerText(peer: Exclude<Peer, { kind: "unix" }>, inBrackets: boolean): string {
  switch (peer.kind) {
    case "any":
      return "*";
    case "domain":
      return peer.domain;
    case "cidr": {
      const { bytes, bits } = peer.cidr;
      const text = bits === bytes.length * 8 ? addressText(bytes) : cidrText(peer.cidr);
      return inBrackets && bytes.length === 16 ? `[${text}]` : text;
    }
  }
}
