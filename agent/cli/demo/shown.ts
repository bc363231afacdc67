/** Facts of the loop and of the kernel as lines of evidence. */
import type { Phase } from "@pahlevan/core/loop/phase.ts";
import type { Kernel } from "@pahlevan/core/policy/compile/kernel.ts";
import type { EventLine } from "@pahlevan/core/behaviour/event-line.ts";
import type { ToldTransition } from "../loop/told.ts";
import type { Colour } from "../text/colour.ts";
import type { Learned } from "./learned.ts";
import type { Evidence } from "./screen.ts";
import { containerPrefix } from "./words.ts";

const colours: Partial<Record<Phase, Colour>> = {
  Canary: "yellow",
  Enforcing: "green",
  Healing: "yellow",
  Quarantine: "red",
};

export function moveText({ from, to, does, signal, cause }: ToldTransition): Evidence {
  const fact = from === to ? `${to}, one step on` : `${from} → ${to}`;
  return {
    colour: colours[to] ?? "cyan",
    word: "loop",
    fact,
    more: [does, causeText(signal, cause)],
  };
}

/** What an alert says is its summary, and after it a description. */
function causeText(signal: string, { source, by, says }: ToldTransition["cause"]): string {
  if (signal === "look") return "by what this node sees";
  switch (source) {
    case "timer":
      return `by this node's clock: ${says}`;
    case "guard":
      return `by this node's guard: ${says}`;
    default:
      return `by the alert ${by}: ${/^[^:]*/.exec(says)?.[0] ?? ""}`;
  }
}

/** "the policy is wrong: breadth 1.00 (3 of 3 instances show it), …", a line for each factor. */
export function verdictText(verdict: string): Evidence {
  const [reading = ""] = verdict.split(": ", 1);
  const factors = verdict.matchAll(/(\w+) (\d\.\d\d) \((.*?)\)(?=, \w+ \d\.\d\d \(|$)/g);
  const more = [...factors].map(
    ([, name = "", value, says]) => `${name.padEnd(11)} ${value}  ${says}`,
  );
  return { colour: "magenta", word: "verdict", fact: reading, more };
}

export function denialText(line: EventLine, times: number): Evidence {
  const { object, process, reason, policy, tier, container, action } = line;
  const program = process?.exe.split("/").at(-1) ?? "";
  const replica = container?.name.replace(containerPrefix, "") ?? "";
  const often = times === 1 ? "" : `, ${times} times`;
  return {
    colour: "red",
    word: action === "kill" ? "killed" : "denied",
    fact: `${object}  by ${program} in ${replica}${often}`,
    more: [`policy ${policy}: ${reason}`, `refused in the kernel (${tier} hook): nothing was sent`],
  };
}

export function learnedText({ facets, connects }: Learned): Evidence {
  const counts = facets.map(({ facet, behaviours }) => `${facet} ${behaviours}`);
  const named = connects.map((text) => `it may ${text.replace("connect", "connect to")}`);
  return { colour: "green", word: "learned", fact: counts.join(", "), more: named };
}

const means: Partial<Record<Kernel["tiers"]["exec"], string>> = {
  lsm: "refused (LSM)",
  cgroup: "refused (cgroup hook)",
  kill: "ended by SIGKILL before they run",
};

export function tierText({ network, exec, file }: Kernel["tiers"]): string {
  const what = (tier: Kernel["tiers"]["exec"]) => means[tier] ?? "only told of";
  return `connections are ${what(network)}; programs are ${what(exec)}; file accesses are ${what(file)}`;
}
