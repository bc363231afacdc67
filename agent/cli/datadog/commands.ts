/** The command about Datadog. */
import type { Command } from "../command.ts";

/** What it makes there, and brings up to date. */
export const kinds = ["dashboards", "monitors", "log-pipelines"] as const;
export type Kind = (typeof kinds)[number];

export const datadogCommands: readonly Command[] = [
  {
    name: "datadog apply",
    summary: "make our dashboard, monitors and log pipeline in Datadog, or bring them up to date",
    usage: "pahlevan datadog apply [--dry-run] [--site SITE] [--only KIND]",
    about:
      "Takes the keys from the environment: DD_API_KEY, and DD_APP_KEY with the scopes dashboards_read,\ndashboards_write, monitors_read, monitors_write, logs_read_config and logs_write_pipelines. What is\nthere already is known by its mark, and changed only where it differs. Monitors are validated by\nDatadog before anything is written.",
    options: {
      "dry-run": { doc: "say what would be done; exit code 1 if it is anything" },
      site: { value: "SITE", doc: "your organisation's site (default: $DD_SITE or datadoghq.com)" },
      url: { value: "URL", doc: "another address of its API, of a proxy" },
      only: { value: "KIND", many: true, choices: kinds, doc: `any of ${kinds.join(", ")}` },
    },
    settings: [],
    examples: [
      ["pahlevan datadog apply --dry-run", "what is missing, or differs"],
      ["pahlevan datadog apply --site datadoghq.eu --only monitors", "monitors alone"],
    ],
    load: () => import("./apply.ts"),
  },
];
