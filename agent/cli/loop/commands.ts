/** The commands about loops. */
import type { Command } from "../command.ts";
import { isForAll } from "../../loop/for-all.ts";
import { config, output } from "../options.ts";

const target = "POLICY is a policy's name or a workload's, as `pahlevan loop status` shows them.";
const reason = { value: "TEXT", doc: "why, for whoever reads the history" };

export const loopCommands: readonly Command[] = [
  {
    name: "loop status",
    summary: "where each policy is, since when, why, what comes next and what it waits for",
    usage: "pahlevan loop status [-o text|json] [POLICY…]",
    about: target,
    takesNames: true,
    options: { output, config },
    settings: ["controlSocket"],
    examples: [["pahlevan loop status web", "exit code 1 if somebody is asked to decide"]],
    load: () => import("./status.ts"),
  },
  {
    name: "loop history",
    summary: "the last moves of each policy, and who asked for them",
    usage: "pahlevan loop history [-o text|json] [POLICY…]",
    about: target,
    takesNames: true,
    options: { output, config },
    settings: ["controlSocket"],
    examples: [["pahlevan loop history web", "the newest twenty"]],
    load: () => import("./history.ts"),
  },
  operation("promote", "go on: from learning to the canary, from step to step, to enforcing"),
  operation("rollback", "take the last step back; with --all, enforce on nobody", {
    all: { doc: "enforce on nobody, and not on fewer" },
  }),
  operation("relearn", "learn it again, with what is known of it"),
  operation("quarantine", "let it reach nobody; nothing is ended"),
  operation("emergency", "refuse it nothing any more, only tell", {
    all: { doc: "every loop, in one act; takes a --reason, and no POLICY" },
  }),
  operation("suspend", "let the loop stand still; what is in force stays so"),
  operation("resume", "end a quarantine, an emergency, a suspension, a rollback", {
    all: { doc: "end every emergency, and nothing else; takes a --reason, and no POLICY" },
  }),
];

function operation(kind: string, summary: string, more: Command["options"] = {}): Command {
  return {
    name: `loop ${kind}`,
    summary,
    usage: `pahlevan loop ${kind} ${usageOf(kind, more)}`,
    about: target,
    takesNames: true,
    options: { reason, ...more, output, config },
    settings: ["controlSocket"],
    examples: [
      [`pahlevan loop ${kind} web`, "exit code 1 if its loop refuses, with the reason"],
      ...(isForAll(kind)
        ? [[`pahlevan loop ${kind} --all --reason "…"`, "all loops"] as const]
        : []),
    ],
    load: () => import("./operate.ts"),
  };
}

function usageOf(kind: string, more: Command["options"]): string {
  if (isForAll(kind)) return "[--reason TEXT] POLICY… | --all --reason TEXT";
  const switches = Object.keys(more).map((name) => `[--${name}] `);
  return `[--reason TEXT] ${switches.join("")}POLICY…`;
}
