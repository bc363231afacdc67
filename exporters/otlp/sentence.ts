/** A record as one short sentence: what a list of logs shows. */
import type { LogLine } from "./attributes.ts";
import { short } from "./bounded.ts";

export function sentenceOf(line: LogLine): string {
  const where = `${line.namespace}/${line.workload}`;
  switch (line.event) {
    case "pahlevan.loop.transition":
      return short(`${where}: ${line.policy} goes from ${line.from} to ${line.to}: ${line.does}`);
    case "pahlevan.loop.notice":
      return short(`${where}: ${line.says}`);
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
        return short(`${where}: ${line.action}: ${what} (${line.reason})`);
      return short(`${where}: ${line.event.endsWith("first_seen") ? "new: " : ""}${what}`);
    }
  }
}
