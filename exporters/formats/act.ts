/** What other people's schemas ask of an act: its file, its ends, its name, its image. */
import { isIP } from "node:net";
import { basename } from "node:path";
import { kinds } from "@pahlevan/core/behaviour/event.ts";
import type { EventLine } from "@pahlevan/core/behaviour/event-line.ts";

export interface End {
  readonly address: string;
  readonly port: number;
  /** Whether the address is one of IP, as fields of that type want it. */
  readonly isIp: boolean;
}

export interface Connection {
  readonly protocol: string;
  readonly family: string;
  readonly isInbound: boolean;
  readonly source?: End;
  readonly destination?: End;
  /** Of a local socket. */
  readonly path?: string;
}

const withPath = new Set(["file", "exec", "mount"]);
const inbound = new Set(["accept", "bind", "listen"]);

/** The file, program or mount point that it is about. */
export function fileOf({ kind, object }: EventLine): string | undefined {
  return withPath.has(kinds[kind]) && object.startsWith("/") ? object : undefined;
}

export function connectionOf({ kind, detail }: EventLine): Connection | undefined {
  if (kinds[kind] !== "network" || kind === "dns") return undefined;
  const isInbound = inbound.has(kind);
  const [local, remote] = [endAt(detail, "local"), endAt(detail, "remote")];
  const [source, destination] = isInbound ? [remote, local] : [local, remote];
  const path = textAt(detail, "path");
  return {
    protocol: textAt(detail, "protocol") ?? "",
    family: textAt(detail, "family") ?? "",
    isInbound,
    ...(source && { source }),
    ...(destination && { destination }),
    ...(path !== undefined && { path }),
  };
}

/** The name that was asked for, of what type, and of whom. */
export function questionOf({ kind, object, detail }: EventLine) {
  if (kind !== "dns") return undefined;
  const [type, server] = [textAt(detail, "questionType"), endAt(detail, "server")];
  return { name: object, ...(type !== undefined && { type }), ...(server && { server }) };
}

function endAt(detail: EventLine["detail"], name: string): End | undefined {
  const end = detail[name];
  if (typeof end !== "object" || end === null || !("address" in end) || !("port" in end))
    return undefined;
  const { address, port } = end;
  if (typeof address !== "string" || typeof port !== "number") return undefined;
  return { address, port, isIp: isIP(address) !== 0 };
}

function textAt(detail: EventLine["detail"], name: string): string | undefined {
  const value = detail[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** "registry.example:5000/shop/checkout:1.4@sha256:…" in its parts. */
export function imageOf(reference: string) {
  const [before = "", digest] = reference.split("@");
  const colon = before.indexOf(":", before.lastIndexOf("/") + 1);
  return {
    name: colon < 0 ? before : before.slice(0, colon),
    ...(colon >= 0 && { tag: before.slice(colon + 1) }),
    ...(digest !== undefined && { digest }),
  };
}

/** A path's last part; the root's is the root. */
export function nameIn(path: string): string {
  return basename(path) || path;
}

/** As one could type it: what a shell would read otherwise is quoted. */
export function commandLine(args: readonly string[]): string {
  return args
    .map((arg) => (/^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", `'\\''`)}'`))
    .join(" ");
}
