/** An act on one line: as reports show it and `pahlevan policy explain` takes it, both ways. */
import { nameOfPath, pathOfName } from "../../behaviour/name.ts";
import { didYouMean } from "../nearest.ts";
import { readPort } from "../values/port.ts";
import { readAddress } from "../../behaviour/address.ts";
import { refused, type Read } from "../values/read.ts";
import {
  fileAccesses,
  networkOperations,
  plainFacets,
  type Act,
  type NetworkOperation,
} from "./act.ts";

/** "file read /etc/hosts", "network connect tcp/10.0.0.1:443/out", "syscall openat" */
export function actText(act: Act): string {
  return "unclear" in act && act.unclear ? `${plainText(act)} ${unclear}` : plainText(act);
}

const unclear = "(unclear)";

function plainText(act: Act): string {
  switch (act.facet) {
    case "exec": {
      const script = act.script === undefined ? [] : [nameOfPath(act.script)];
      const end = act.deleted ? ["(deleted)"] : [];
      return ["exec", nameOfPath(act.path), ...script, ...end].join(" ");
    }
    case "file":
      return `file ${act.access} ${nameOfPath(act.path)}`;
    case "network": {
      const way = wayOf(act.operation);
      if ("path" in act) return `network ${act.operation} unix/${nameOfPath(act.path)}/${way}`;
      const host = act.address.includes(":") ? `[${act.address}]` : act.address;
      const from = act.peer === undefined ? "" : ` from ${act.peer}`;
      const names = (act.names ?? []).map((name) => ` as ${name}`).join("");
      return `network ${act.operation} ${act.protocol}/${host}:${act.port}/${way}${from}${names}`;
    }
    case "syscall":
      return `syscall ${act.name}${act.compat ? " compat" : ""}`;
    case "capability":
      return `capability ${act.name}`;
    default:
      return `${act.facet} ${act.object}`;
  }
}

function wayOf(operation: NetworkOperation): "in" | "out" {
  return operation === "connect" || operation === "send" ? "out" : "in";
}

const actSays =
  "what a decision names: 'exec /bin/sh', 'file write /etc/passwd', " +
  "'network connect tcp/10.0.0.1:443/out', 'syscall ptrace', 'capability CAP_NET_ADMIN'";

const facets = ["exec", "file", "network", "syscall", "capability", ...plainFacets] as const;

export function readAct(text: string): Read<Act> {
  if (!text.trimEnd().endsWith(` ${unclear}`)) return readPlain(text);
  const read = readPlain(text.trimEnd().slice(0, -unclear.length));
  if ("refused" in read) return read;
  if (!("path" in read.value)) return refused(`only paths are ${unclear}`);
  return { value: { ...read.value, unclear: true } };
}

function readPlain(text: string): Read<Act> {
  const [word = "", ...parts] = text.trim().split(/ +/);
  const facet = facets.find((each) => each === word);
  if (facet === undefined) {
    const guess = didYouMean(word, facets);
    return refused(guess === "" ? `it takes ${actSays}` : `'${word}' is no facet${guess}`);
  }
  const [first, second, ...rest] = parts;
  if (first === undefined) return refused(`it takes ${actSays}`);
  switch (facet) {
    case "exec":
      return execOf(parts);
    case "file": {
      const access = fileAccesses.find((each) => each === first);
      if (access === undefined) {
        const all = didYouMean(first, fileAccesses) || `; there are ${fileAccesses.join(", ")}`;
        return refused(`'${first}' is no access${all}`);
      }
      if (second === undefined || rest.length > 0) return refused("a file has one path (\\x20)");
      return { value: { facet, access, path: pathOfName(second) } };
    }
    case "network":
      return networkOf(first, second ?? "", rest);
    case "syscall":
      return { value: { facet, name: first, ...(second === "compat" && { compat: true }) } };
    case "capability": {
      const name = first.toUpperCase();
      return { value: { facet, name: name.startsWith("CAP_") ? name : `CAP_${name}` } };
    }
    default:
      return { value: { facet, object: parts.join(" ") } };
  }
}

function execOf(parts: readonly string[]): Read<Act> {
  const isDeleted = parts.at(-1) === "(deleted)";
  const [path = "", script, more] = isDeleted ? parts.slice(0, -1) : parts;
  if (path === "" || more !== undefined) return refused("exec takes a program and its script");
  return {
    value: {
      facet: "exec",
      path: pathOfName(path),
      ...(script !== undefined && { script: pathOfName(script) }),
      ...(isDeleted && { deleted: true }),
    },
  };
}

function networkOf(word: string, object: string, rest: readonly string[]): Read<Act> {
  const operation = networkOperations.find((each) => each === word);
  if (operation === undefined) {
    return refused(`'${word}' is none of ${networkOperations.join(", ")}`);
  }
  const facet = "network";
  const [, socket] = /^unix\/(.+?)(?:\/(?:in|out))?$/.exec(object) ?? [];
  if (socket !== undefined) {
    return { value: { facet, operation, protocol: "unix", path: pathOfName(socket) } };
  }
  const found = /^([a-z]+)\/(?:\[([^\]]+)\]|([^[\]:]+)):(\d+)(?:\/(in|out))?$/.exec(object);
  const [, protocol = "", v6, v4 = "", port = "", way] = found ?? [];
  const address = v6 ?? v4;
  if (readAddress(address) === undefined || (port !== "0" && "refused" in readPort(port))) {
    return refused("an endpoint is protocol/address:port/in|out, as tcp/[2001:db8::1]:443/out");
  }
  if (way !== undefined && way !== wayOf(operation)) {
    return refused(`${operation} is '${wayOf(operation)}'`);
  }
  const after = (wanted: string) =>
    rest.flatMap((each, at) => (rest[at - 1] === wanted && at % 2 === 1 ? [each] : []));
  const [peer] = after("from");
  const names = after("as");
  return {
    value: {
      facet,
      operation,
      protocol,
      address,
      port: Number(port),
      ...(peer !== undefined && { peer }),
      ...(names.length > 0 && { names }),
    },
  };
}
