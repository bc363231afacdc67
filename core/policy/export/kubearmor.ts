/**
 * Programs, files, protocols and capabilities as KubeArmorPolicies: one that blocks, one that
 * allows.
 */
import { everyAccess, reading } from "../compile/act.ts";
import type { Entry, FileEntry } from "../compile/compiled.ts";
import {
  isDeny,
  isEnforced,
  isGrant,
  lostInTime,
  metadataOf,
  unsaid,
  unspared,
  type Exported,
  type Source,
} from "./exported.ts";
import { isSayable, pathSection, type Placed } from "./kubearmor-paths.ts";

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
    process: pathSection(exec.entries.filter(isDeny)),
    file: pathSection([
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
      process: pathSection(
        exec.entries.filter((entry) => isGrant(entry) && entry.script === undefined),
      ),
    }),
    ...(isClosed("file") && {
      file: pathSection([
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
  const selector = kubearmorSelector(source);
  const pairs = exec.entries.filter(({ script }) => script !== undefined).length;
  const unsayable = [...exec.entries, ...file.entries].filter((entry) => !isSayable(entry)).length;
  const unnamed = capability.entries.filter(({ name }) => !isKnown(lowerCase(name))).length;
  const unkept = facets.filter(
    (facet) => isClosed(facet) && allowed[sectionOf[facet]] === undefined,
  );
  const patterned = file.entries.filter(({ where }) => where.extent === "pattern").length;
  return {
    documents:
      selector === undefined
        ? []
        : [
            ...documentOf(source, "-deny", selector, blocked, isWholly ? "Block" : "Audit"),
            ...documentOf(source, "-allow", selector, allowed, isWholly ? "Allow" : "Audit"),
          ],
    remarks: [
      ...(selector === undefined
        ? ["KubeArmor selects by labels and one In or NotIn: nothing is exported"]
        : []),
      ...(unsayable === 0
        ? []
        : [`${unsayable} paths that KubeArmor would read otherwise are left out, denied ones too`]),
      ...(unnamed === 0
        ? []
        : [`${unnamed} capabilities that KubeArmor does not know are left out`]),
      ...(unkept.length === 0
        ? []
        : [
            `KubeArmor denies a facet only where it allows some of it: not so ${unkept.join(", ")}`,
          ]),
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

const sectionOf = {
  exec: "process",
  file: "file",
  network: "network",
  capability: "capabilities",
} as const;

/** Undefined where KubeArmor cannot choose the same pods: the policy would be of others. */
function kubearmorSelector({ policy }: Source): object | undefined {
  const { labels, expressions } = policy.selector;
  const [only, ...others] = expressions;
  const matchLabels = Object.keys(labels).length > 0 ? { matchLabels: { ...labels } } : {};
  if (only === undefined) return matchLabels;
  const { key, operator, values } = only;
  // What several mean together is not written down.
  if (others.length > 0 || (operator !== "In" && operator !== "NotIn")) return undefined;
  const wanted = values.map((value) => `${key}=${value}`);
  return { ...matchLabels, matchExpressions: [{ key: "label", operator, values: wanted }] };
}

function documentOf(
  source: Source,
  end: string,
  selector: object,
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
      spec: { selector, ...Object.fromEntries(filled), action },
    },
  ];
}

function readOnly({ where }: FileEntry): Placed {
  return { where, isReadOnly: true };
}

/** Younger than its schema. */
const unknown = new Set([
  ...["audit_read", "block_suspend", "bpf", "checkpoint_restore", "perfmon", "syslog"],
  "wake_alarm",
]);
const isKnown = (name: string) => !unknown.has(name);
const lowerCase = (name: string) => name.replace(/^CAP_/, "").toLowerCase();

function capabilities(entries: readonly { readonly name: string }[]): Section {
  const names = new Set(entries.map(({ name }) => lowerCase(name)).filter(isKnown));
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
