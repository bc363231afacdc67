/** Which behaviours a fact shows: none, one, or several; or why it cannot be said. */
import { readAddress } from "./address.ts";
import type { Behaviour, FileAccess, NetworkOperation } from "./behaviour.ts";
import { distanceOf } from "./distance.ts";
import type { Detail, KernelEvent, Text } from "./event.ts";
import { nameOf } from "./name.ts";
import { ownProcess } from "./own-process.ts";

export interface Reading {
  readonly behaviours: readonly Behaviour[];
  /** The fact happened, but its object is not known as a policy would need it. */
  readonly unclear?: "cut" | "unresolved" | "detached" | "no_path";
}

const nothing: Reading = { behaviours: [] };

/** Of what was decided about, those behaviours alone that were at fault. */
export function readingOf(event: KernelEvent): Reading {
  const reading = wholeReadingOf(event);
  const uses = event.decision?.uses ?? [];
  if (uses.length === 0) return reading;
  const isAtFault = (each: Behaviour) => each.facet !== "file" || uses.includes(each.access);
  return { ...reading, behaviours: reading.behaviours.filter(isAtFault) };
}

function wholeReadingOf(event: KernelEvent): Reading {
  const { detail, flags } = event;
  if (flags.includes("cut")) return { behaviours: [], unclear: "cut" };
  if (flags.includes("unresolved")) return { behaviours: [], unclear: "unresolved" };
  switch (detail.kind) {
    case "instance_start":
    case "instance_end":
    case "fork":
    case "exit":
    case "flow":
      return nothing;
    case "exec":
      return execOf(detail);
    case "open":
      return files(event, accessesOf(detail.access), detail.path);
    case "create":
      return files(event, [named(detail.operation, ["mkdir", "mknod"], "create")], detail.path);
    case "unlink":
      return files(event, [named(detail.operation, ["rmdir"], "unlink")], detail.path);
    case "chmod":
      return files(event, [named(detail.operation, ["chown", "truncate"], "chmod")], detail.path);
    case "rename":
      return both(
        files(event, ["rename_from"], detail.path),
        files(event, ["rename_to"], detail.target),
      );
    case "link":
      // A symbolic link's target is any string; what it leads to is judged when it is opened.
      if (detail.operation === "symlink") return files(event, ["symlink"], detail.path);
      return both(
        files(event, ["link_from"], detail.path),
        files(event, ["link_to"], detail.target),
      );
    case "capability":
      // A capability that was asked for and not there was not needed.
      return detail.granted ? one({ facet: "capability", name: detail.name }) : nothing;
    case "connect":
    case "send":
    case "bind":
    case "listen":
    case "accept":
      return endpointOf(detail.kind, detail);
    case "dns": {
      const name = nameOf({ ...detail.name, value: detail.name.value.toLowerCase() });
      const { questionType } = detail;
      return name === ""
        ? { behaviours: [], unclear: "no_path" }
        : one({ facet: "network", operation: "dns", name, questionType });
    }
    case "mount": {
      const { operation, source } = detail;
      const path = namesOf(event, detail.path);
      if (!isWhole(path.value)) return { behaviours: [], unclear: "no_path" };
      const from = source === undefined || source.value === "" ? {} : { source: nameOf(source) };
      return one({ facet: "mount", operation, path: nameOf(path), ...from });
    }
    case "credential": {
      const { operation, to } = detail;
      return one({ facet: "credential", operation, uid: to.uid, gid: to.gid });
    }
    case "ptrace": {
      const { operation, path } = detail;
      const target = path === undefined || path.value === "" ? {} : { path: nameOf(path) };
      return one({ facet: "ptrace", operation, ...target });
    }
    case "syscall":
      // Of the other table it is followed by a remark.
      return one({ facet: "syscall", name: firstWord(detail.name), compat: detail.compat });
    case "bpf":
      return one({ facet: "bpf", command: detail.command });
    case "module":
      return one({ facet: "module", name: nameOf(detail.name) });
    case "io_uring":
    case "namespace":
      return one({ facet: detail.kind, operation: detail.operation });
  }
}

export function firstWord(text: string): string {
  return text.split(" ", 1)[0] ?? "";
}

function one(behaviour: Behaviour): Reading {
  return { behaviours: [behaviour] };
}

function both(a: Reading, b: Reading): Reading {
  const unclear = a.unclear ?? b.unclear;
  return {
    behaviours: [...a.behaviours, ...b.behaviours],
    ...(unclear !== undefined && { unclear }),
  };
}

/** A memfd's program has a name in no directory; it is told all the same, for someone to judge. */
function execOf({ path, script }: Extract<Detail, { kind: "exec" }>): Reading {
  if (path.value === "") return { behaviours: [], unclear: "no_path" };
  const from =
    script === undefined || script.value === "" ? {} : { script: nameOf(passed(script)) };
  return one({ facet: "exec", path: nameOf(path), ...from });
}

function accessesOf(told: readonly string[]): readonly FileAccess[] {
  const found: FileAccess[] = [];
  if (told.includes("write") || told.includes("truncated")) found.push("write");
  if (told.includes("truncated")) found.push("truncate");
  if (told.includes("created") || told.includes("may_create")) found.push("create");
  if (told.includes("exec")) found.push("exec");
  // An open that asks for nothing still looks: the least that can be granted is to read.
  if (told.includes("read") || found.length === 0) found.push("read");
  return found;
}

function named<T extends FileAccess>(
  operation: string | undefined,
  known: readonly T[],
  usual: FileAccess,
): FileAccess {
  return known.find((name) => name === operation) ?? usual;
}

function files(event: KernelEvent, accesses: readonly FileAccess[], told: Text): Reading {
  if (event.flags.includes("detached")) return { behaviours: [], unclear: "detached" };
  const path = namesOf(event, told);
  if (!isWhole(path.value)) return { behaviours: [], unclear: "no_path" };
  const name = ownProcess(nameOf(path), event.process);
  return { behaviours: accesses.map((access) => ({ facet: "file", access, path: name })) };
}

function namesOf({ flags }: KernelEvent, path: Text): Text {
  return flags.includes("user_text") ? passed(path) : path;
}

/** As the kernel's judge takes a path that was only passed: what is no name is nothing. */
function passed(path: Text): Text {
  if (!path.value.startsWith("/")) return path;
  const names = path.value.split("/").filter((name) => name !== "" && name !== ".");
  return { ...path, value: `/${names.join("/")}` };
}

/** From the root, and without a step that only the file system itself could follow. */
function isWhole(path: string): boolean {
  if (!path.startsWith("/")) return false;
  return path === "/" || !/\/(?:\.{0,2})(?:\/|$)/.test(path);
}

type Socket = Extract<Detail, { readonly protocol: string }>;

function endpointOf(kind: NetworkOperation, socket: Socket): Reading {
  const { protocol, family, local, remote, path } = socket;
  const facet = "network";
  if (family === "unix") {
    // A socket without a name is reached by nobody else.
    if (path === undefined || path.value === "") return nothing;
    return one({ facet, operation: kind, protocol: "unix", path: nameOf(path) });
  }
  const at = kind === "connect" || kind === "send" ? remote : local;
  if (at === undefined) return nothing;
  const { port } = at;
  if (kind !== "accept")
    return one({ facet, operation: kind, protocol, address: at.address, port });
  const peer = readAddress(remote?.address ?? "");
  const address = peer === undefined ? "public" : distanceOf(peer);
  return one({ facet, operation: kind, protocol, address, port });
}
