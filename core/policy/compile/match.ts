/** Whether an entry speaks of an act: the whole meaning of every kind of entry. */
import { readAddress } from "../../behaviour/address.ts";
import { holdsAddress, peerAddress, type Cidr } from "../../behaviour/cidr.ts";
import { distanceOf, type Distance } from "../../behaviour/distance.ts";
import { guardedBecause } from "../../behaviour/guarded.ts";
import { fitsSegment } from "../../behaviour/wildcard.ts";
import { accessMask, operationMask, type Act, type IpAct } from "./act.ts";
import type {
  EgressEntry,
  FileEntry,
  IpEntry,
  NameEntry,
  NetworkEntry,
  PlainEntry,
  Ports,
  Remote,
  Segments,
  Where,
} from "./compiled.ts";

type FileAct = Extract<Act, { readonly facet: "file" }>;
type NetworkAct = Extract<Act, { readonly facet: "network" }>;
type SyscallAct = Extract<Act, { readonly facet: "syscall" }>;

export function fileMatches({ where, access }: FileEntry, act: FileAct): boolean {
  return (access & accessMask(act.access)) !== 0 && holdsPath(where, act.path);
}

export function holdsPath(where: Where, path: string): boolean {
  if (where.extent === "pattern")
    return fitsPattern(where.segments, path) && !(where.sparesGuarded && isGuarded(path));
  if (path === where.path) return true;
  if (where.extent === "exact") return false;
  const directory = where.path === "/" ? "/" : `${where.path}/`;
  if (!path.startsWith(directory)) return false;
  return where.extent === "tree" || !path.includes("/", directory.length);
}

/** Why it does not speak of the act, though its letters do. */
export function sparing({ where, access }: FileEntry, act: FileAct): string | undefined {
  if (where.extent !== "pattern" || !where.sparesGuarded) return undefined;
  const fits = (access & accessMask(act.access)) !== 0 && fitsPattern(where.segments, act.path);
  return fits ? guardedBecause(act.path) : undefined;
}

const isGuarded = (path: string) => guardedBecause(path) !== undefined;

function fitsPattern(segments: Segments, path: string): boolean {
  const names = path.split("/");
  return (
    names.length === segments.length &&
    segments.every((parts, at) => fitsSegment(parts, names[at] ?? ""))
  );
}

export function networkMatches(entry: NetworkEntry, act: NetworkAct): boolean {
  if ("path" in act) {
    return (
      entry.kind === "unix" &&
      (entry.operations & operationMask(act.operation)) !== 0 &&
      entry.path === act.path
    );
  }
  if (entry.kind === "unix") return false;
  return entry.kind === "ip" ? ipMatches(entry, act) : egressMatches(entry, act);
}

function ipMatches({ operations, protocol, ports, remote, local }: IpEntry, act: IpAct): boolean {
  return (
    (operations & operationMask(act.operation)) !== 0 &&
    (protocol === undefined || protocol === act.protocol) &&
    (ports === undefined || holdsPort(ports, act.port)) &&
    (remote === undefined || isAt(remote, act)) &&
    (local === undefined || (isInward(act) && isIn(local, act.address)))
  );
}

function egressMatches({ ports, remotes }: EgressEntry, act: IpAct): boolean {
  if (isInward(act)) return false;
  const isPort =
    ports.length === 0 ||
    ports.some(
      (range) =>
        (range.protocol === undefined || range.protocol === act.protocol) &&
        holdsPort(range, act.port),
    );
  return isPort && (remotes.length === 0 || remotes.some((remote) => isAt(remote, act)));
}

function isInward({ operation }: IpAct): boolean {
  return operation !== "connect" && operation !== "send";
}

const holdsPort = ({ from, to }: Ports, port: number) => from <= port && port <= to;

/** Of who listens nobody knows yet who will come. */
function isAt(remote: Remote, act: IpAct): boolean {
  const peer = act.operation === "accept" ? act.peer : isInward(act) ? undefined : act.address;
  switch (remote.kind) {
    case "range":
      return peer !== undefined && isIn(remote.cidr, peer);
    case "distance":
      return peer !== undefined && isFar(remote.distance, peer);
    case "name":
      return !isInward(act) && (act.names ?? []).some((name) => isBelow(remote.name, name));
  }
}

function isIn(cidr: Cidr, address: string): boolean {
  const read = peerAddress(address);
  return read !== undefined && holdsAddress(cidr, read);
}

function isFar(distance: Distance, address: string): boolean {
  const read = readAddress(address);
  return read !== undefined && distanceOf(read) === distance;
}

function isBelow(wanted: string, name: string): boolean {
  if (!wanted.startsWith("*.")) return wanted === name;
  return name.endsWith(wanted.slice(1)) && name.length > wanted.length - 1;
}

export function nameMatches({ name, compat }: NameEntry, act: SyscallAct | { name: string }) {
  if (name !== act.name) return false;
  return compat === undefined || compat === ("compat" in act && (act.compat ?? false));
}

export function plainMatches({ match }: PlainEntry, object: string): boolean {
  if ("object" in match) return match.object === object;
  return match.operation === "*" || match.operation === object.split(" ", 1)[0];
}
