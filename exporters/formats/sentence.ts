/** A record in one sentence, for whoever reads a list of them. */
import { unixMs, type Line } from "../record.ts";

export const done = {
  allow: "allowed",
  alert: "alerted on",
  deny: "denied",
  kill: "killed",
} as const;

export function sentenceOf(line: Line): string {
  const where = `${line.namespace}/${line.workload}`;
  switch (line.event) {
    case "pahlevan.decision":
      return `${line.kind} ${line.object} ${done[line.action]} in ${where}: ${line.reason}`;
    case "pahlevan.behaviour.first_seen":
      return `${line.kind} ${line.object} seen for the first time in ${where}`;
    case "pahlevan.behaviour.seen":
      return `${line.kind} ${line.object} seen in ${where}`;
    case "pahlevan.instance.started":
      return `an instance of ${where} has started`;
    case "pahlevan.instance.ended":
      return `an instance of ${where} has ended`;
    case "pahlevan.loop.transition":
      return `${where} went from ${line.from} to ${line.to}: ${line.does}, as ${line.why}`;
    case "pahlevan.loop.notice":
      return line.says;
    case "pahlevan.profile.converged":
      return (
        `the profile of ${where} has converged: ${line.behaviours} behaviours ` +
        `of ${line.instances} instances`
      );
    case "span": {
      const seconds = (unixMs(line.time) - unixMs(line.startTime)) / 1_000;
      const how = line.failed === undefined ? "" : `, and failed: ${line.failed}`;
      return `${line.name} of ${where} took ${seconds} s${how}`;
    }
  }
}
