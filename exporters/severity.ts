/** How grave a record is, on the one scale that each sink translates into its peer's. */
import type { Line } from "./record.ts";

export const severities = ["debug", "info", "warning", "error", "critical"] as const;
export type Severity = (typeof severities)[number];

export function isAtLeast(severity: Severity, least: Severity): boolean {
  return severities.indexOf(severity) >= severities.indexOf(least);
}

export function severityOf(line: Line): Severity {
  switch (line.event) {
    case "span":
      return line.failed === undefined ? "debug" : "warning";
    case "pahlevan.loop.transition":
      return phaseSeverity[line.to] ?? "info";
    case "pahlevan.loop.notice":
      return noticeSeverity[line.notice];
    case "pahlevan.profile.converged":
      return "info";
    case "pahlevan.decision":
      return actionSeverity[line.action];
    default:
      return "debug";
  }
}

/** For a filter: the way out of trouble matters as much as the trouble that it ends. */
export function mattersAs(line: Line): Severity {
  const own = severityOf(line);
  if (line.event !== "pahlevan.loop.transition") return own;
  const ended = phaseSeverity[line.from] ?? "info";
  return isAtLeast(ended, own) ? ended : own;
}

const phaseSeverity: Readonly<Record<string, Severity>> = {
  Quarantine: "critical",
  Emergency: "critical",
  RolledBack: "error",
  Healing: "warning",
};

const noticeSeverity = {
  page: "critical",
  fail: "error",
  ask: "warning",
  propose: "info",
} as const;

const actionSeverity = { allow: "info", alert: "warning", deny: "error", kill: "error" } as const;
