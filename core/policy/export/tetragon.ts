/** Programs, files and capabilities as a TracingPolicyNamespaced of Tetragon, on its LSM hooks. */
import type { Entry, Where } from "../compile/compiled.ts";
import type { Mode } from "../policy.ts";
import { accessMask } from "../compile/act.ts";
import {
  isDeny,
  isEnforced,
  isGrant,
  lostInTime,
  metadataOf,
  selectorOf,
  unsaid,
  type Exported,
  type Source,
} from "./exported.ts";

const reading = accessMask("read");
/** In bytes; Tetragon loads no policy with a longer one. */
const longestPrefix = 256;
const EPERM = -1;

export function tetragonPolicy(source: Source): Exported {
  const { compiled } = source;
  const { exec, file } = compiled.tables;
  const alone = exec.entries.filter(({ script }) => script === undefined);
  // A hook at the open of a file does not tell reading from writing.
  const denied = file.entries.filter((entry) => isDeny(entry) && entry.access & reading);
  const changes = file.entries.filter((entry) => isDeny(entry) && !(entry.access & reading));
  const hooks = [
    ...hookOf("bprm_check_security", "linux_binprm", alone, exec.unlisted, compiled.modes.exec),
    ...hookOf(
      "file_open",
      "file",
      [...denied, ...file.entries.filter(isGrant)],
      file.unlisted,
      compiled.modes.file,
    ),
  ];
  const patterned = file.entries.filter(({ where }) => where.extent === "pattern").length;
  const one = [...alone, ...file.entries].filter(({ where }) => where.extent === "children").length;
  const pairs = exec.entries.length - alone.length;
  const unsayable = [...alone, ...file.entries].filter(({ where }) => !isSayable(where)).length;
  const document = {
    apiVersion: "cilium.io/v1alpha1",
    kind: "TracingPolicyNamespaced",
    metadata: metadataOf(source),
    spec: { podSelector: selectorOf(source), lsmhooks: hooks },
  };
  return {
    documents: hooks.length === 0 ? [] : [document],
    remarks: [
      ...(file.entries.length === 0 && file.unlisted === "allow"
        ? []
        : ["files are judged when they are opened, whatever for: reading allows writing there"]),
      ...(changes.length === 0
        ? []
        : [`${changes.length} paths that may only be read are not kept from being written`]),
      ...(patterned === 0 ? [] : [`${patterned} patterns cannot be said and are left out`]),
      ...(unsayable === 0
        ? []
        : [`${unsayable} paths are no UTF-8 or too long, and left out, denied ones too`]),
      ...(one === 0 ? [] : [`${one} directories (/a/*) hold there whatever is below them (/a/**)`]),
      ...(pairs === 0
        ? []
        : [`${pairs} interpreters that run one script only cannot be said and are left out`]),
      ...lostInTime([...exec.entries, ...file.entries]),
      ...unsaid(source, ["exec", "file"], "this policy for Tetragon"),
    ],
  };
}

type Placed = Entry & { readonly where: Where };

function hookOf(
  hook: string,
  type: string,
  entries: readonly Placed[],
  unlisted: "allow" | "audit" | "deny",
  mode: Mode,
): object[] {
  const matchActions = [
    isEnforced(mode) ? { action: "Override", argError: EPERM } : { action: "Post" },
  ];
  const denied = [
    ...match("Equal", exactly(entries.filter(isDeny))),
    ...match("Prefix", prefixes(entries.filter(isDeny))),
  ].map((filter) => ({ matchArgs: [filter], matchActions }));
  const rest = [
    ...match("NotEqual", exactly(entries.filter(isGrant))),
    ...match("NotPrefix", prefixes(entries.filter(isGrant))),
  ];
  // Filters of one selector hold all together: what is neither the one nor the other.
  const unknown =
    unlisted === "deny" ? [{ ...(rest.length > 0 && { matchArgs: rest }), matchActions }] : [];
  const selectors = [...denied, ...unknown];
  return selectors.length === 0 ? [] : [{ hook, args: [{ index: 0, type }], selectors }];
}

function match(operator: string, values: readonly string[]): object[] {
  if (values.length === 0) return [];
  return [{ index: 0, operator, values: [...new Set(values)].toSorted() }];
}

/** The directory itself is part of what lies below it. */
function exactly(entries: readonly Placed[]): string[] {
  return entries.flatMap(({ where }) =>
    where.extent === "pattern" || !isSayable(where) ? [] : [where.path],
  );
}

function prefixes(entries: readonly Placed[]): string[] {
  return entries.flatMap(({ where }) => {
    if ((where.extent !== "children" && where.extent !== "tree") || !isSayable(where)) return [];
    return [where.path === "/" ? "/" : `${where.path}/`];
  });
}

function isSayable(where: Where): boolean {
  if (where.extent === "pattern") return true;
  if (!where.path.isWellFormed()) return false;
  // Each %NN is a byte of UTF-8.
  const sizeBytes = encodeURIComponent(where.path).replaceAll(/%../g, "x").length;
  return where.extent === "exact" || sizeBytes < longestPrefix;
}
