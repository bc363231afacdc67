/** Who sends: the agent on its host. What it saw elsewhere is said by each record. */
import { createHash } from "node:crypto";
import type { Around } from "../sink.ts";
import type { resourceRegistry } from "./registry.ts";

type Own = { readonly [N in keyof typeof resourceRegistry]: string };

/** What is set by hand, such as `k8s.node.name`, comes before what is known. */
export function resourceOf(
  { host, cluster, version }: Pick<Around, "host" | "cluster" | "version">,
  set: Readonly<Record<string, string>>,
): Record<string, string> {
  const own: Own = {
    "service.name": "pahlevan-agent",
    "service.version": version,
    "service.instance.id": instanceId(`${cluster}/${host}`),
    "k8s.cluster.name": cluster,
    "host.name": host,
  };
  const known = Object.entries({ ...own, ...set }).filter(([, value]) => value !== "");
  return Object.fromEntries(known);
}

/** The namespace that OpenTelemetry's conventions give for service.instance.id. */
const namespace = Buffer.from("4d63009a8d0f11eeaad74c796ed8e320", "hex");

/** The same after each start: a UUID of version 5 (RFC 9562, 5.5), since a host has one agent. */
function instanceId(name: string): string {
  const hash = createHash("sha1").update(namespace).update(name).digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString("hex", 0, 16);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
