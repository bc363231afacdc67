/** An entry in words: what it speaks of, and who says so. */
import { addressOrRange } from "../../behaviour/cidr.ts";
import { instantText } from "../values/instant.ts";
import { pathText } from "../values/path.ts";
import { everyAccess, fileAccesses, networkOperations, reading, wordsOf } from "./act.ts";
import type { Verdict } from "./judge.ts";
import type { Entry, NetworkEntry, Ports, Remote, Rule, Where } from "./compiled.ts";

/** "read, exec of /usr/**", "connect, send to 10.0.0.0/8 tcp port 443" */
export function entryText(entry: Entry): string {
  if ("kind" in entry) return networkText(entry);
  if ("access" in entry) {
    return `${accessText(entry.access)} of ${whereText(entry.where)}`;
  }
  if ("where" in entry) {
    const script = entry.script === undefined ? "" : ` for the script ${entry.script}`;
    return `running ${whereText(entry.where)}${script}`;
  }
  if ("name" in entry) {
    const table = entry.compat === true ? " (32-bit)" : entry.compat === false ? " (native)" : "";
    return `${entry.name}${table}`;
  }
  const { match } = entry;
  if ("object" in match) return match.object;
  return match.operation === "*" ? "every one" : `every ${match.operation}`;
}

/** Why an act is denied: "it is neither named nor learned". */
export function denialText({ entry, by }: Pick<Verdict, "entry" | "by">): string {
  if (entry !== undefined) return `${ruleText(entry.rule)} denies ${entryText(entry)}`;
  return by === "unclear" ? "what its path names is not known" : "it is neither named nor learned";
}

export function accessText(access: number): string {
  if (access === everyAccess) return "any access";
  return access === (everyAccess & ~reading)
    ? "any change"
    : wordsOf(fileAccesses, access).join(", ");
}

function whereText(where: Where): string {
  if (where.extent !== "pattern") return pathText(where);
  const escaped = (part: string) => part.replaceAll(/[*?[\]{}\\]/g, "\\$&");
  return where.segments.map((parts) => parts.map(escaped).join("*")).join("/");
}

function networkText(entry: NetworkEntry): string {
  if (entry.kind === "egress") {
    const ports = entry.ports.map((range) =>
      [portsText(range), range.protocol].filter(Boolean).join("/"),
    );
    const peers = entry.remotes.map(remoteText);
    return `egress to ${few(peers, "any peer")} at ${few(ports, "any port")}`;
  }
  const operations = wordsOf(networkOperations, entry.operations).join(", ");
  if (entry.kind === "unix") return `${operations} at unix socket ${entry.path}`;
  const { remote, local, protocol, ports } = entry;
  const words = [
    ...(remote === undefined ? [] : [`with ${remoteText(remote)}`]),
    ...(local === undefined ? [] : [`at ${addressOrRange(local)}`]),
    ...(protocol === undefined ? [] : [protocol]),
    ...(ports === undefined ? [] : [`port ${portsText(ports)}`]),
  ];
  return [operations, ...words].join(" ");
}

function few(words: readonly string[], none: string): string {
  if (words.length === 0) return none;
  const shown = words.slice(0, 5).join(", ");
  return words.length > 5 ? `${shown} and ${words.length - 5} more` : shown;
}

function portsText({ from, to }: Ports): string {
  return from === to ? String(from) : `${from}-${to}`;
}

function remoteText(remote: Remote): string {
  switch (remote.kind) {
    case "range":
      return addressOrRange(remote.cidr);
    case "name":
      return remote.name;
    case "distance":
      return `a ${remote.distance} peer`;
  }
}

/** "spec.enforcement.files.exceptions (migration, until 2030-01-01T00:00:00Z)" */
export function ruleText({ from, reason, expiresMs, startOnly }: Rule): string {
  const remarks = [
    ...(reason === undefined ? [] : [reason]),
    ...(expiresMs === undefined ? [] : [`until ${instantText(expiresMs)}`]),
    ...(startOnly ? ["only while it starts"] : []),
  ];
  return remarks.length === 0 ? from : `${from} (${remarks.join(", ")})`;
}
