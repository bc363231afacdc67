/** Settings that every sink has: what it is sent, and how much may wait for it. */
import { bytes, choice, list } from "@pahlevan/core/settings/values.ts";
import { sortOf, sorts, type Line, type Sort } from "../record.ts";
import { isAtLeast, mattersAs, severities, type Severity } from "../severity.ts";
import { onOff, setting, words } from "../settings.ts";

export const commonKeys = {
  events: setting(
    list([...sorts, "none"]),
    [],
    "What it is sent; `none`: only metrics. Empty: what its type is for, as its page says.",
  ),
  "minimum-severity": setting(
    choice(...severities),
    "debug",
    "Nothing less grave: a first sight is `debug`, an act that is only watched `info`, an alert `warning`, a denial `error`, an attack `critical`.",
  ),
  namespaces: setting(words("names, separated by commas"), [], "Only of these. Empty: of all."),
  policies: setting(
    words("NAME or NAMESPACE/NAME, separated by commas"),
    [],
    "Only what concerns these. Empty: all, and what concerns none.",
  ),
  metrics: setting(onOff, true, "Whether metrics are pushed to it, where its type takes them."),
  "queue-size": setting(
    bytes(1 << 16, 1 << 28),
    8 << 20,
    "What may wait for it in memory. What is more goes to disk.",
  ),
  "spill-size": setting(
    bytes(0, 1 << 40),
    256 << 20,
    "What may wait for it on disk, compressed: some ten times as much as text. 0: nothing does.",
  ),
};

export interface Wish {
  readonly events: readonly Sort[];
  readonly "minimum-severity": Severity;
  readonly namespaces: readonly string[];
  readonly policies: readonly string[];
}

/** Whether a record is for it. */
export function wanted(wish: Wish): (line: Line) => boolean {
  const wishedSorts = new Set(wish.events);
  const namespaces = new Set(wish.namespaces);
  const policies = new Set(wish.policies);
  const least = wish["minimum-severity"];
  return (line) => {
    if (!wishedSorts.has(sortOf(line))) return false;
    if (namespaces.size > 0 && !namespaces.has(line.namespace)) return false;
    const { policy, namespace } = line;
    if (policies.size > 0 && !policies.has(policy) && !policies.has(`${namespace}/${policy}`))
      return false;
    return least === "debug" || isAtLeast(mattersAs(line), least);
  };
}
