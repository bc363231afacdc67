/**
 * Programs, files, protocols and capabilities as KubeArmorPolicies: one that blocks, one that
 * allows.
 */
import { everyAccess, reading } from "../compile/act.ts";
import type { Entry, FileEntry, Where } from "../compile/compiled.ts";
import {
  isDeny,
  isEnforced,
  isGrant,
  lostInTime,
  metadataOf,
  selectorOf,
  unsaid,
  unspared,
  type Exported,
  type Source,
} from "./exported.ts";

/**
 * What nobody names follows KubeArmor's default posture of the namespace, as soon as one policy
 * allows something of that facet; so only facets whose rest is denied are allowed by name.
 */
export function kubearmorPolicy(source: Source): Exported {
  const { exec, file, network, capability } = source.compiled.tables;
  const facets = ["exec", "file", "network", "capability"] as const;
  const isClosed = (facet: (typeof facets)[number]) =>
    source.compiled.tables[facet].unlisted === "deny";
  const whole = file.entries.filter((entry) => isGrant(entry) && entry.access & ~reading);
  const blocked = {
    process: paths(exec.entries.filter(isDeny)),
    file: paths([
      ...file.entries.filter((entry) => isDeny(entry) && entry.access === everyAccess),
      // "Block" of a path that is readOnly blocks what is no reading.
      ...file.entries
        .filter((entry) => isDeny(entry) && entry.access !== everyAccess)
        .map(readOnly),
    ]),
    capabilities: capabilities(capability.entries.filter(isDeny)),
  };
  const allowed = {
    ...(isClosed("exec") && {
      process: paths(exec.entries.filter((entry) => isGrant(entry) && entry.script === undefined)),
    }),
    ...(isClosed("file") && {
      file: paths([
        ...whole,
        ...file.entries
          .filter((entry) => isGrant(entry) && (entry.access & ~reading) === 0)
          .map(readOnly),
      ]),
    }),
    ...(isClosed("network") && { network: protocols(source) }),
    ...(isClosed("capability") && {
      capabilities: capabilities(capability.entries.filter(isGrant)),
    }),
  };
  const isWholly = facets.every((facet) => isEnforced(source.compiled.modes[facet]));
  const pairs = exec.entries.filter(({ script }) => script !== undefined).length;
  const patterned = file.entries.filter(({ where }) => where.extent === "pattern").length;
  return {
    documents: [
      ...documentOf(source, "-deny", blocked, isWholly ? "Block" : "Audit"),
      ...documentOf(source, "-allow", allowed, isWholly ? "Allow" : "Audit"),
    ],
    remarks: [
      "what nobody names follows the namespace's posture: annotate it with kubearmor-file-posture, " +
        "kubearmor-network-posture and kubearmor-capabilities-posture, each block",
      ...(isWholly ? [] : ["some facet does not enforce: everything is only audited"]),
      ...(pairs === 0
        ? []
        : [`${pairs} interpreters that run one script only cannot be said and are left out`]),
      ...(patterned === 0 ? [] : [`${patterned} patterns are KubeArmor's, whose * crosses no /`]),
      ...(network.entries.length === 0
        ? []
        : ["KubeArmor knows neither addresses nor ports: whole protocols are allowed"]),
      ...unspared(file.entries),
      ...lostInTime([...exec.entries, ...file.entries, ...network.entries, ...capability.entries]),
      ...unsaid(source, facets, "KubeArmor"),
    ],
  };
}

type Section = object | undefined;

function documentOf(
  source: Source,
  end: string,
  sections: Readonly<Record<string, Section>>,
  action: string,
): object[] {
  const filled = Object.entries(sections).filter(([, section]) => section !== undefined);
  if (filled.length === 0) return [];
  return [
    {
      apiVersion: "security.kubearmor.com/v1",
      kind: "KubeArmorPolicy",
      metadata: metadataOf(source, end),
      spec: { selector: selectorOf(source), ...Object.fromEntries(filled), action },
    },
  ];
}

interface Placed {
  readonly where: Where;
  readonly isReadOnly?: true;
}

function readOnly({ where }: FileEntry): Placed {
  return { where, isReadOnly: true };
}

function paths(entries: readonly Placed[]): Section {
  const of = (entry: Placed) => (entry.isReadOnly ? { readOnly: true } : {});
  const matchPaths = entries.flatMap((entry) =>
    entry.where.extent === "exact" ? [{ path: entry.where.path, ...of(entry) }] : [],
  );
  const matchDirectories = entries.flatMap((entry) => {
    if (entry.where.extent !== "children" && entry.where.extent !== "tree") return [];
    const { path, extent } = entry.where;
    const dir = path === "/" ? "/" : `${path}/`;
    return [{ dir, ...(extent === "tree" && { recursive: true }), ...of(entry) }];
  });
  const matchPatterns = entries.flatMap((entry) => {
    if (entry.where.extent !== "pattern") return [];
    const pattern = entry.where.segments.map((parts) => parts.join("*")).join("/");
    return [{ pattern, ...of(entry) }];
  });
  const lists = { matchPaths, matchDirectories, matchPatterns };
  const filled = Object.entries(lists).filter(([, list]) => list.length > 0);
  return filled.length === 0 ? undefined : Object.fromEntries(filled);
}

function capabilities(entries: readonly { readonly name: string }[]): Section {
  const names = new Set(entries.map(({ name }) => name.replace(/^CAP_/, "").toLowerCase()));
  if (names.size === 0) return undefined;
  return { matchCapabilities: [...names].map((capability) => ({ capability })) };
}

function protocols({ compiled }: Source): Section {
  const named = compiled.tables.network.entries.filter(isGrant).flatMap(protocolsOf);
  const known = ["tcp", "udp"].filter((each) => named.includes(each) || named.includes("any"));
  if (known.length === 0) return undefined;
  return { matchProtocols: known.map((protocol) => ({ protocol })) };
}

function protocolsOf(entry: Entry): string[] {
  if (!("kind" in entry) || entry.kind === "unix") return [];
  if (entry.kind === "ip") return [entry.protocol ?? "any"];
  return entry.ports.length === 0 ? ["any"] : entry.ports.map(({ protocol }) => protocol ?? "any");
}
