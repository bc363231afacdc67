/**
 * The one text of a behaviour: its key in profiles, and what people read. `parseBehaviour` is the
 * way back; it takes no other way to write the same.
 */
import {
  fileAccesses,
  networkOperations,
  type Behaviour,
  type NetworkOperation,
} from "./behaviour.ts";
import { isName } from "./name.ts";

/** "file read /etc/hosts", "network connect tcp/10.0.0.1:443/out", "syscall openat" */
export function behaviourText(behaviour: Behaviour): string {
  switch (behaviour.facet) {
    case "exec":
      return joined("exec", behaviour.path, behaviour.script);
    case "file":
      return `file ${behaviour.access} ${behaviour.path}`;
    case "network":
      return `network ${behaviour.operation} ${objectOf(behaviour)}`;
    case "syscall":
      return joined("syscall", behaviour.name, behaviour.compat ? "compat" : undefined);
    case "capability":
    case "module":
      return `${behaviour.facet} ${behaviour.name}`;
    case "credential":
      return `credential ${behaviour.operation} ${behaviour.uid}:${behaviour.gid}`;
    case "mount":
      return joined("mount", behaviour.operation, behaviour.path, behaviour.source);
    case "ptrace":
      return joined("ptrace", behaviour.operation, behaviour.path);
    case "bpf":
      return `bpf ${behaviour.command}`;
    case "io_uring":
    case "namespace":
      return `${behaviour.facet} ${behaviour.operation}`;
  }
}

function joined(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join(" ");
}

type Network = Extract<Behaviour, { facet: "network" }>;

function objectOf(behaviour: Network): string {
  if ("questionType" in behaviour) return `${behaviour.name}/${behaviour.questionType}`;
  const way = directionOf(behaviour.operation);
  if ("path" in behaviour) return `unix/${behaviour.path}/${way}`;
  const { protocol, address, port } = behaviour;
  return `${protocol}/${address.includes(":") ? `[${address}]` : address}:${port}/${way}`;
}

function directionOf(operation: NetworkOperation): "in" | "out" {
  return operation === "connect" || operation === "send" ? "out" : "in";
}

/** Undefined for what `behaviourText` never writes. */
export function parseBehaviour(text: string): Behaviour | undefined {
  const [facet = "", ...parts] = text.split(" ");
  if (!parts.every(isName)) return undefined;
  const behaviour = parse(facet, parts);
  return behaviour !== undefined && behaviourText(behaviour) === text ? behaviour : undefined;
}

function parse(facet: string, parts: readonly string[]): Behaviour | undefined {
  const [first, second, third] = parts;
  if (first === undefined) return undefined;
  switch (facet) {
    case "exec":
      return { facet, path: first, ...(second !== undefined && { script: second }) };
    case "file": {
      const access = fileAccesses.find((known) => known === first);
      return access && second !== undefined ? { facet, access, path: second } : undefined;
    }
    case "network":
      return second === undefined ? undefined : parseNetwork(first, second);
    case "syscall":
      return { facet, name: first, compat: second !== undefined };
    case "capability":
    case "module":
      return { facet, name: first };
    case "credential": {
      const [, uid, gid] = /^(\d+):(\d+)$/.exec(second ?? "") ?? [];
      return { facet, operation: first, uid: Number(uid), gid: Number(gid) };
    }
    case "mount": {
      if (second === undefined) return undefined;
      const source = third === undefined ? {} : { source: third };
      return { facet, operation: first, path: second, ...source };
    }
    case "ptrace":
      return { facet, operation: first, ...(second !== undefined && { path: second }) };
    case "bpf":
      return { facet, command: first };
    case "io_uring":
    case "namespace":
      return { facet, operation: first };
    default:
      return undefined;
  }
}

function parseNetwork(first: string, object: string): Network | undefined {
  const facet = "network";
  const last = object.lastIndexOf("/");
  if (last < 0) return undefined;
  if (first === "dns") {
    const [name, questionType] = [object.slice(0, last), object.slice(last + 1)];
    return { facet, operation: "dns", name, questionType };
  }
  const operation = networkOperations.find((known) => known === first);
  if (operation === undefined) return undefined;
  const protocolEnd = object.indexOf("/");
  const [protocol, between] = [object.slice(0, protocolEnd), object.slice(protocolEnd + 1, last)];
  if (protocol === "unix") return { facet, operation, protocol, path: between };
  const [, bracketed, plain, port] = /^(?:\[(.+)\]|([^[\]]+)):(\d+)$/.exec(between) ?? [];
  const address = bracketed ?? plain;
  if (address === undefined) return undefined;
  return { facet, operation, protocol, address, port: Number(port) };
}
