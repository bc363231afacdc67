/**
 * Endpoints to names, ranges of addresses and ranges of ports: what a scheduler or a kernel hands
 * out anew each time.
 */
import type { Behaviour, NetworkOperation } from "../../behaviour/behaviour.ts";
import type { Address } from "../../behaviour/address.ts";
import { cidrOf, cidrText, peerAddress } from "../../behaviour/cidr.ts";
import { distanceOf } from "../../behaviour/distance.ts";
import { order } from "../stamps.ts";
import { addressGuard, reachesGuarded } from "./address-guard.ts";
import type { EndpointGroup, GeneraliseSettings } from "./group.ts";

export type EndpointBehaviour = Extract<Behaviour, { readonly port: number }>;

export interface TextOfEndpoint {
  readonly text: string;
  readonly endpoint: EndpointBehaviour;
}

/**
 * Linux hands out ports from 32768 on for clients (ip_local_port_range); other systems later ones.
 */
const handedOut: readonly [number, number] = [32_768, 65_535];
const portsNeeded = 8;

interface Widening {
  readonly bytes: 4 | 16;
  readonly distance: "private" | "public";
  readonly prefix: number;
  /** Different addresses, or different ranges of the step before. */
  readonly needed: number;
}

/** A subnet's worth at most where others are neighbours; wider only in one's own network. */
const widenings: readonly Widening[] = [
  { bytes: 4, distance: "private", prefix: 24, needed: 4 },
  { bytes: 4, distance: "private", prefix: 16, needed: 4 },
  { bytes: 4, distance: "public", prefix: 24, needed: 8 },
  { bytes: 16, distance: "private", prefix: 64, needed: 4 },
  { bytes: 16, distance: "public", prefix: 64, needed: 8 },
];

interface Item {
  readonly to: string;
  readonly members: readonly string[];
}

interface Placed {
  readonly item: Item;
  /** An address of it. */
  readonly address: Address;
}

export function generaliseEndpoints(
  seen: readonly TextOfEndpoint[],
  settings: GeneraliseSettings,
): EndpointGroup[] {
  const groups: EndpointGroup[] = [];
  const bySocket = ({ endpoint }: TextOfEndpoint) => `${endpoint.operation} ${endpoint.protocol}`;
  for (const alike of Map.groupBy(seen, bySocket).values()) {
    const [first] = alike;
    if (first === undefined) continue;
    const { operation, protocol } = first.endpoint;
    for (const [from, to, those] of byPorts(alike)) {
      const isRange = from !== to;
      const add: Add = (where, members, needed, why, named = false) => {
        const text = textOf(operation, protocol, where, [from, to]);
        if (settings.refused.has(text)) return false;
        const sorted = members.toSorted(order);
        groups.push({
          of: "endpoint",
          text,
          operation,
          protocol,
          to: where,
          named,
          ports: [from, to],
          members: sorted,
          needed: isRange ? Math.max(needed, portsNeeded) : needed,
          why,
        });
        return true;
      };
      const left = byName(those, settings, add);
      const rest = byRange(left, add);
      if (isRange)
        for (const { to: where, members } of rest)
          add(where, members, 1, "the ports there are handed out anew each time");
    }
  }
  return groups;
}

/** False if a person refused it. */
type Add = (
  to: string,
  members: readonly string[],
  needed: number,
  why: string,
  named?: boolean,
) => boolean;

/** Ports that are handed out are one, if there are many; all others are themselves. */
function byPorts(alike: readonly TextOfEndpoint[]): [number, number, TextOfEndpoint[]][] {
  const [low, high] = handedOut;
  const isHandedOut = ({ endpoint }: TextOfEndpoint) => endpoint.port >= low;
  const ports = new Set(alike.filter(isHandedOut).map(({ endpoint }) => endpoint.port));
  const asRange = ports.size >= portsNeeded;
  const single = asRange ? alike.filter((each) => !isHandedOut(each)) : alike;
  const byPort = Map.groupBy(single, ({ endpoint }) => endpoint.port);
  const all = [...byPort].map(([port, those]): [number, number, TextOfEndpoint[]] => {
    return [port, port, those];
  });
  return asRange ? [...all, [low, high, alike.filter(isHandedOut)]] : all;
}

/** Takes out what has a name; gives back the rest. */
function byName(those: readonly TextOfEndpoint[], settings: GeneraliseSettings, add: Add) {
  const named = Map.groupBy(those, ({ endpoint }) => settings.nameOf(endpoint.address));
  const rest = [...(named.get(undefined) ?? [])];
  for (const [name, members] of named) {
    if (name === undefined) continue;
    const texts = members.map(({ text }) => text);
    const addresses = new Set(members.map(({ endpoint }) => endpoint.address));
    const why = `${addresses.size} of its addresses were used`;
    if (!add(name, texts, 1, why, true)) rest.push(...members);
  }
  return rest;
}

/** Makes ranges of addresses; gives back the rest, address by address. */
function byRange(those: readonly TextOfEndpoint[], add: Add): Item[] {
  const byAddress = Map.groupBy(those, ({ endpoint }) => endpoint.address);
  const fixed: Item[] = [];
  const free: Placed[] = [];
  for (const [to, endpoints] of byAddress) {
    const members = endpoints.map(({ text }) => text);
    const address = peerAddress(to);
    const item = { to, members };
    if (address === undefined || addressGuard(address) !== undefined) fixed.push(item);
    else free.push({ item, address });
  }
  for (const bytes of [4, 16] as const)
    for (const distance of ["private", "public"] as const) {
      const fitting = free.filter(
        ({ address }) => address.length === bytes && distanceOf(address) === distance,
      );
      const steps = widenings.filter((step) => step.bytes === bytes && step.distance === distance);
      fixed.push(...widened(fitting, steps, add));
    }
  return fixed;
}

/** Each step makes wider ranges of what the step before left; only the widest are added. */
function widened(items: readonly Placed[], steps: readonly Widening[], add: Add): Item[] {
  let now = items.map((placed) => ({ ...placed, needed: 0, addresses: 1, why: "" }));
  for (const { prefix, needed } of steps) {
    const groups = Map.groupBy(now, ({ address }) => cidrText(cidrOf(address, prefix)));
    now = [...groups].flatMap(([to, group]) => {
      const [first] = group;
      if (first === undefined || group.length < needed) return group;
      const { address } = first;
      if (reachesGuarded(cidrOf(address, prefix))) return group;
      const members = group.flatMap(({ item }) => item.members);
      const addresses = group.reduce((sum, narrower) => sum + narrower.addresses, 0);
      const why = `${addresses} addresses of it were used`;
      const each = Math.max(1, ...group.map((narrower) => narrower.needed));
      return [{ item: { to, members }, address, needed: needed * each, addresses, why }];
    });
  }
  return now.flatMap(({ item, needed, why }) =>
    needed > 0 && add(item.to, item.members, needed, why) ? [] : [item],
  );
}

function textOf(
  operation: NetworkOperation,
  protocol: string,
  to: string,
  [from, last]: readonly [number, number],
): string {
  const way = operation === "connect" || operation === "send" ? "out" : "in";
  const ports = from === last ? from : `${from}-${last}`;
  return `network ${operation} ${protocol}/${to.includes(":") ? `[${to}]` : to}:${ports}/${way}`;
}
