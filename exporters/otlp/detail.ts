/** What a fact is about, by its kind, in the conventions' words. */
import { kinds, type Kind } from "@pahlevan/core/behaviour/event.ts";
import type { EventLine } from "@pahlevan/core/behaviour/event-line.ts";
import type { Attributes } from "./registry.ts";

export function detailAttributes({ kind, object, detail }: EventLine): Attributes {
  switch (kind) {
    case "exec":
      return { ...pathAttributes(object), "file.inode": textIn(detail, "inode") };
    case "dns":
      return { "dns.question.name": object, ...destination(detail["server"]) };
    case "exit": {
      const code = numberIn(detail, "code");
      return numberIn(detail, "signal") === 0 ? { "process.exit.code": code } : {};
    }
    default:
  }
  if (kinds[kind] === "network") return networkAttributes(kind, detail);
  const isPath = kinds[kind] === "file" || kind === "mount";
  const mode = kind === "chmod" ? numberIn(detail, "mode") : undefined;
  return isPath
    ? { ...pathAttributes(object), "file.mode": mode?.toString(8).padStart(4, "0") }
    : {};
}

/** A path that the kernel could not tell whole says so in the record's flags. */
function pathAttributes(path: string): Attributes {
  const stroke = path.lastIndexOf("/");
  if (stroke < 0) return { "file.path": path };
  return {
    "file.path": path,
    "file.name": path.slice(stroke + 1) || undefined,
    "file.directory": path.slice(0, stroke) || "/",
  };
}

function networkAttributes(kind: Kind, detail: EventLine["detail"]): Attributes {
  const family = textIn(detail, "family");
  const [local, remote] = [endpoint(detail["local"]), endpoint(detail["remote"])];
  const path = textIn(detail, "path");
  return {
    "network.transport": family === "unix" ? "unix" : textIn(detail, "protocol"),
    "network.type": family === "ipv4" || family === "ipv6" ? family : undefined,
    "network.local.address": local?.address,
    "network.local.port": local?.port,
    "network.peer.address": remote?.address ?? path,
    "network.peer.port": remote?.port,
    ...(kind === "accept"
      ? { "source.address": remote?.address, "source.port": remote?.port }
      : destination(detail["remote"])),
  };
}

function destination(value: unknown): Attributes {
  const at = endpoint(value);
  return { "destination.address": at?.address, "destination.port": at?.port };
}

function endpoint(value: unknown): { readonly address: string; readonly port: number } | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (!("address" in value) || !("port" in value)) return undefined;
  const { address, port } = value;
  return typeof address === "string" && typeof port === "number" ? { address, port } : undefined;
}

function textIn(detail: EventLine["detail"], name: string): string | undefined {
  const value = detail[name];
  return typeof value === "string" ? value : undefined;
}

function numberIn(detail: EventLine["detail"], name: string): number | undefined {
  const value = detail[name];
  return typeof value === "number" ? value : undefined;
}
