/** A record as one sentence: what a list of logs shows, the same wherever it arrives. */
import type { Line } from "./record.ts";

const verbs = {
  allow: "let through",
  alert: "alerted on",
  deny: "denied",
  kill: "killed for",
} as const;

export function sentenceOf(line: Line): string {
  const { namespace, workload } = line;
  const where = namespace === "" ? workload : `${namespace}/${workload}`;
  switch (line.event) {
    case "span":
      return `${where}: ${line.name}${line.failed === undefined ? "" : ` failed: ${line.failed}`}`;
    case "pahlevan.loop.transition":
      return `${where}: ${line.policy} goes from ${line.from} to ${line.to}: ${line.does}`;
    case "pahlevan.loop.notice":
      return `${where}: ${line.says}`;
    case "pahlevan.profile.converged":
      return `${where}: learning has seen enough (${line.behaviours} behaviours)`;
    case "pahlevan.instance.started":
      return `${where}: an instance has started`;
    case "pahlevan.instance.ended":
      return `${where}: an instance has ended`;
    default: {
      const by = line.process?.exe ? ` by ${line.process.exe}` : "";
      const what = `${line.kind} ${line.object}${by}`;
      if (line.event === "pahlevan.decision")
        return `${where}: ${verbs[line.action]} ${what} (${line.reason})`;
      return `${where}: ${line.event.endsWith("first_seen") ? "new: " : ""}${what}`;
    }
  }
}
