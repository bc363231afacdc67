/** The command about who is told. */
import type { Command } from "../command.ts";
import { config } from "../options.ts";

export const notifyCommands: readonly Command[] = [
  {
    name: "notify test",
    summary: "send a test message to exporters: Slack, PagerDuty, mail, …",
    usage: "pahlevan notify test [NAME…]",
    about:
      "Names are those of the configuration; without one, all that are configured. The records are of\na workload called pahlevan-test. Exit code 1 if somebody did not take them.",
    options: { config },
    settings: [],
    takesNames: true,
    examples: [["pahlevan notify test slack", "what exporters.slack.… names"]],
    load: () => import("./notify-test.ts"),
  },
];
