/**
 * A policy, its profile and its exceptions as tables: what the kernel keeps, before anybody decides
 * how it is laid out there. The same input gives the same tables, entry by entry.
 */
import type { Mode, Unlisted } from "../policy.ts";
import type { Distance } from "../../behaviour/distance.ts";
import type { Cidr } from "../../behaviour/cidr.ts";
import type { Extent } from "../values/path.ts";
import type { JudgedFacet, PlainFacet } from "./act.ts";

/** From the strongest to the weakest: the strongest that matches decides. */
export const ranks = ["deny", "exception", "allow", "learned"] as const;
export type Rank = (typeof ranks)[number];

export interface Rule {
  readonly rank: Rank;
  /** Who says so: a field of spec.enforcement, "profile" or "admitted". */
  readonly from: string;
  /** Of exceptions. */
  readonly reason?: string;
  readonly expiresMs?: number;
  /** Holds only until the instance is steady. */
  readonly startOnly?: true;
}

/** Of each segment of a path the parts between its wildcards: ["log"] or ["log-", ".txt"]. */
export type Segments = readonly (readonly string[])[];

export type Where =
  | { readonly extent: Extent; readonly path: string }
  | {
      readonly extent: "pattern";
      readonly segments: Segments;
      /** It holds no path that is guarded (guarded.ts), even where the letters fit. */
      readonly sparesGuarded?: true;
    };

export interface ExecEntry {
  readonly rule: Rule;
  readonly where: Where;
  /** Only as the interpreter of this script. */
  readonly script?: string;
}

export interface FileEntry {
  readonly rule: Rule;
  readonly where: Where;
  /** One bit for each of `fileAccesses`. */
  readonly access: number;
}

export type Remote =
  | { readonly kind: "range"; readonly cidr: Cidr }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "distance"; readonly distance: Distance };

export interface Ports {
  readonly from: number;
  readonly to: number;
}

/** What is absent is not asked for. */
export interface IpEntry {
  readonly kind: "ip";
  readonly rule: Rule;
  /** One bit for each of `networkOperations`. */
  readonly operations: number;
  readonly protocol?: string;
  /** Of the peer for connect and send, else one's own. */
  readonly ports?: Ports;
  readonly remote?: Remote;
  readonly local?: Cidr;
}

/**
 * The two lists of the egress that a policy allows: a port of the one and a peer of the other. Kept
 * as two, because 4 096 ports at 4 096 addresses are 8 192 entries here and 16 million otherwise.
 */
export interface EgressEntry {
  readonly kind: "egress";
  readonly rule: Rule;
  /** Empty: every port. */
  readonly ports: readonly (Ports & { readonly protocol?: string })[];
  /** Empty: every peer. */
  readonly remotes: readonly Remote[];
}

export interface UnixEntry {
  readonly kind: "unix";
  readonly rule: Rule;
  readonly operations: number;
  readonly path: string;
}

export type NetworkEntry = IpEntry | EgressEntry | UnixEntry;

export interface NameEntry {
  readonly rule: Rule;
  readonly name: string;
  /** Of system calls: by the 32-bit table, or not; absent: both. */
  readonly compat?: boolean;
}

/** One object, or every object of an operation. */
export interface PlainEntry {
  readonly rule: Rule;
  readonly match: { readonly object: string } | { readonly operation: string };
}

interface Table<Entry> {
  /** What befalls what no entry matches. */
  readonly unlisted: Unlisted;
  readonly entries: readonly Entry[];
}

export interface Tables extends Readonly<Record<PlainFacet, Table<PlainEntry>>> {
  readonly exec: Table<ExecEntry>;
  readonly file: Table<FileEntry>;
  readonly network: Table<NetworkEntry>;
  readonly syscall: Table<NameEntry>;
  readonly capability: Table<NameEntry>;
  /** Sockets of container runtimes: whoever reaches one is root on the host. */
  readonly runtime_socket: Table<UnixEntry>;
}

export type Entry = Tables[JudgedFacet]["entries"][number];

export interface Compiled {
  readonly namespace: string;
  readonly name: string;
  /** Apart from the tables: monitor and enforce keep the same ones, byte by byte. */
  readonly modes: Readonly<Record<JudgedFacet, Mode>>;
  readonly tables: Tables;
  /** When the first exception ends, and these tables with it. */
  readonly expiresMs?: number;
}
