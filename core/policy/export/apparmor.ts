/** The facets exec, file, capability and network as an AppArmor profile. */
import { accessMask, plainFacets } from "../compile/act.ts";
import type { FileEntry, Where } from "../compile/compiled.ts";
import {
  isDeny,
  isEnforced,
  isGrant,
  lostInTime,
  unsaid,
  unspared,
  type Exported,
  type Source,
} from "./exported.ts";

const writing = accessMask(
  ...([
    "write",
    "create",
    "mkdir",
    "mknod",
    "unlink",
    "rmdir",
    "rename_from",
    "rename_to",
  ] as const),
  ...(["symlink", "chmod", "chown", "truncate", "link_to"] as const),
);

export function apparmorProfile(source: Source): Exported {
  const { compiled } = source;
  const { exec, file, network, capability } = compiled.tables;
  const { modes } = compiled;
  const facets = ["exec", "file", "network", "capability"] as const;
  const isWholly = facets.every((facet) => isEnforced(modes[facet]));
  const name = `pahlevan-${compiled.namespace}-${compiled.name}`;
  const lines = [
    // Its runtime and its own processes may signal it: no facet speaks of signals.
    ...["unconfined", "runc", "crun", "cri-containerd.apparmor.d"].map(
      (peer) => `signal (receive) peer=${peer},`,
    ),
    `signal (send, receive) peer=${name},`,
    ...(capability.unlisted === "deny" ? [] : ["capability,"]),
    ...capability.entries.filter(isGrant).map(({ name }) => `capability ${apparmorName(name)},`),
    ...capability.entries
      .filter(isDeny)
      .map(({ name }) => `deny capability ${apparmorName(name)},`),
    ...networkLines(source),
    ...(file.unlisted === "deny" ? [] : ["/{,**} rwlkm,"]),
    ...(exec.unlisted === "deny" ? [] : ["/{,**} ix,"]),
    ...file.entries.flatMap(fileLines),
    ...exec.entries.flatMap(({ rule, where, script }) => {
      const itself = globs(where, programs(rule));
      if (script === undefined) return itself;
      return [...itself, ...globs({ extent: "exact", path: script }, programs(rule))];
    }),
    ...othersOf(source),
  ];
  const flags = ["attach_disconnected", "mediate_deleted", ...(isWholly ? [] : ["complain"])];
  // AppArmor keeps denies even where it only complains.
  const kept = isWholly ? lines : lines.filter((line) => !line.startsWith("deny "));
  const body = [...new Set(kept)].map((line) => `  ${line}`);
  const text = [
    "abi <abi/3.0>,",
    "",
    `profile ${name} flags=(${flags.join(",")}) {`,
    ...body,
    "}",
    "",
  ].join("\n");
  const scripts = exec.entries.filter(({ script }) => script !== undefined);
  return {
    documents: [text],
    remarks: [
      ...(isWholly ? [] : ["some facet does not enforce: the whole profile only complains"]),
      ...(kept.length === lines.length
        ? []
        : ["denies are left out: AppArmor would keep them even while it complains"]),
      ...(network.entries.length === 0
        ? []
        : ["AppArmor knows neither addresses nor ports: whole protocols are allowed"]),
      ...(scripts.length === 0
        ? []
        : [`${scripts.length} interpreters may run any script there, not only those learned`]),
      ...unspared(file.entries),
      ...lostInTime([...exec.entries, ...file.entries, ...network.entries, ...capability.entries]),
      ...unsaid(source, facets, "AppArmor"),
    ],
  };
}

const programs = ({ rank }: { readonly rank: string }) => (rank === "deny" ? "deny x" : "ix");

/** `deny` stands before the path, the letters after it. */
function globs(where: Where, says: string): string[] {
  const [letters = "", deny] = says.split(" ").toReversed();
  return patterns(where).map((glob) => `${deny === undefined ? "" : "deny "}${glob} ${letters},`);
}

function fileLines({ rule, where, access }: FileEntry): string[] {
  const letters = [
    access & accessMask("read") ? "r" : "",
    access & writing ? "w" : "",
    access & accessMask("link_from", "link_to") ? "l" : "",
    access & accessMask("exec") ? "m" : "",
    (access & accessMask("read", "write")) === accessMask("read", "write") ? "k" : "",
  ].join("");
  if (letters === "") return [];
  return globs(where, rule.rank === "deny" ? `deny ${letters}` : letters);
}

/** A directory ends in a slash there; of a path alone nobody knows which it is. */
function patterns(where: Where): string[] {
  switch (where.extent) {
    case "exact":
      return [quoted(where.path === "/" ? "/" : `${escaped(where.path)}{,/}`)];
    case "children":
      return [quoted(inside(where.path, "{,*,*/}"))];
    case "tree":
      return [quoted(inside(where.path, "{,**}"))];
    case "pattern":
      return [quoted(where.segments.map(segment).join("/"))];
  }
}

/** At least one letter, and at a name's beginning no dot. */
function segment([head = "", ...rest]: readonly string[]): string {
  return [escaped(head), ...rest.map(escaped)].reduce((glob, part, at) => {
    return `${glob}${at === 1 && glob === "" ? "[^./]*" : "?*"}${part}`;
  });
}

/** Itself too, whether it turns out to be a directory or not. */
function inside(path: string, names: string): string {
  return path === "/" ? `/${names}` : `${escaped(path)}{,/${names}}`;
}

const escaped = (path: string) => path.replaceAll(/[*?[\]{}^"\\]/g, "\\$&");

/** Control characters would end the line, and with it the rule; lone surrogates are bytes. */
function quoted(glob: string): string {
  const visible = glob.replaceAll(/[\x00-\x1f\x7f\udc80-\udcff]/gu, (letter) => {
    return `\\${(letter.charCodeAt(0) & 0xff).toString(8).padStart(3, "0")}`;
  });
  return `"${visible}"`;
}

const apparmorName = (name: string) => name.replace(/^CAP_/, "").toLowerCase();

function networkLines({ compiled }: Source): string[] {
  const { unlisted, entries } = compiled.tables.network;
  if (unlisted !== "deny") return ["network,", "unix,"];
  const protocols = new Set<string>();
  for (const entry of entries.filter(isGrant)) {
    if (entry.kind === "unix") protocols.add("unix");
    else if (entry.kind === "ip") protocols.add(entry.protocol ?? "any");
    else for (const { protocol } of entry.ports) protocols.add(protocol ?? "any");
    if (entry.kind === "egress" && entry.ports.length === 0) protocols.add("any");
  }
  const isAny = protocols.has("any");
  return [
    ...(isAny || protocols.has("tcp") ? ["network inet stream,", "network inet6 stream,"] : []),
    ...(isAny || protocols.has("udp") ? ["network inet dgram,", "network inet6 dgram,"] : []),
    ...(protocols.has("unix") ? ["network unix,", "unix,"] : ["unix peer=(addr=none),"]),
  ];
}

/** Its own facets are there or not: AppArmor denies what is not there. */
function othersOf({ compiled }: Source): string[] {
  const words = { mount: ["mount,", "umount,", "pivot_root,"], ptrace: ["ptrace,"] } as const;
  return plainFacets.flatMap((facet): readonly string[] => {
    if (facet !== "mount" && facet !== "ptrace") return [];
    const { unlisted, entries } = compiled.tables[facet];
    return unlisted !== "deny" || entries.some(isGrant) ? words[facet] : [];
  });
}
