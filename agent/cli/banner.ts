/** What `up` says when it is up: what it watches, how well, and where to look. */
import type { SenseTier } from "../sense/senses.ts";
import type { Paint } from "./text/colour.ts";
import { safe } from "./text/safe.ts";

export interface BannerFacts {
  readonly version: string;
  readonly kernel: string;
  readonly cgroups: string;
  readonly tiers: readonly SenseTier[];
  /** One for each instance that lives. */
  readonly instances: readonly { readonly sort: string; readonly workload: string }[];
  readonly url: string;
  readonly seconds: number;
  /** What is learned goes there; undefined where nothing is. */
  readonly store: string | undefined;
  /** How many of where; undefined where none are held. */
  readonly policies: { readonly count: number; readonly path: string } | undefined;
}

const sorts: readonly (readonly [sort: string, one: string, many: string])[] = [
  ["host", "the host itself", "the host itself"],
  ["pod", "container of a pod", "containers of pods"],
  ["container", "container", "containers"],
  ["unit", "service", "services"],
  ["session", "session", "sessions"],
  ["run", "command", "commands"],
  ["cgroup", "other cgroup", "other cgroups"],
];
const namesShown = 6;

export function banner(facts: BannerFacts, paint: Paint): string {
  const { version, kernel, cgroups, url, seconds, store, policies } = facts;
  return [
    `${paint("bold", `Pahlevan ${version}`)} watches this host (Linux ${kernel}, ${cgroups}), ready in ${seconds.toFixed(1)} s`,
    "",
    row("watches", watched(facts.instances)),
    ...senses(facts.tiers).map((line, index) => row(index === 0 ? "senses" : "", line)),
    ...facts.tiers
      .filter(({ tier }) => tier === "none")
      .map(({ fact, why }) => row("", paint("yellow", `not ${fact}: ${why ?? "no hook"}`))),
    ...(store === undefined ? [] : [row("learns", `into ${store}`)]),
    ...(policies === undefined
      ? []
      : [row("enforces", `${policies.count} of ${policies.path}: pahlevan policy status`)]),
    row("metrics", `${url}/metrics  ${paint("dim", "health: /healthz /readyz")}`),
    row("live", "pahlevan observe"),
    "",
    paint("dim", "Ctrl-C ends it; nothing stays attached."),
    "",
  ].join("\n");
}

function row(name: string, text: string): string {
  return `  ${name.padEnd(9)}${text}`;
}

function watched(instances: BannerFacts["instances"]): string {
  const parts = sorts.flatMap(([sort, one, many]) => {
    const names = instances.filter((instance) => instance.sort === sort);
    if (names.length === 0) return [];
    if (sort === "host") return [one];
    const shown = [...new Set(names.map(({ workload }) => safe(workload)))];
    const rest = shown.length > namesShown ? ", …" : "";
    const list = ` (${shown.slice(0, namesShown).join(", ")}${rest})`;
    return [`${names.length} ${names.length === 1 ? one : many}${list}`];
  });
  return parts.join(", ") || "nothing yet";
}

/** Facts by their tier, best first: "lsm: open, unlink, …". */
function senses(tiers: readonly SenseTier[]): string[] {
  const byTier = new Map<string, string[]>();
  for (const { tier, fact } of tiers) {
    if (tier !== "none") byTier.set(tier, [...(byTier.get(tier) ?? []), fact]);
  }
  const order = ["lsm", "fentry", "tracepoint", "cgroup", "sys_exit", "iterator"];
  return [...byTier]
    .sort(([a], [b]) => order.indexOf(a) - order.indexOf(b))
    .map(([tier, names]) => `${tier}: ${names.join(", ")}`);
}
