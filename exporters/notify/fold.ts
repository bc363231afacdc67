/** One more record about a place: what becomes of its incident. */
import type { Line } from "../record.ts";
import { isAtLeast, severityOf } from "../severity.ts";
import { isTrouble, isTroubled, type Incident, type Place } from "./incident.ts";
import { plain } from "./plain.ts";
import { counted, emptyTally } from "./tally.ts";

/** Sayings that an incident keeps, and of each so much. */
const mostSays = 5;
const mostSayChars = 400;

/** Undefined: there is none, and this opens none. */
export function fold(
  before: Incident | undefined,
  line: Line,
  place: Place & { readonly key: string },
  nowMs: number,
): Incident | undefined {
  const isBack = endsTrouble(line);
  if (before === undefined && !isBack && !isTrouble(line)) return undefined;
  const incident = before ?? opened(place, nowMs);
  const severity = severityOf(line);
  const next: Incident = {
    ...incident,
    // Where the agent's store is read by another one: the place as it is called now.
    ...place,
    severity: isAtLeast(severity, incident.severity) ? severity : incident.severity,
    untold: incident.untold + 1,
  };
  if (isTrouble(line)) return withTrouble({ ...next, lastMs: nowMs, over: undefined }, line);
  if (line.event !== "pahlevan.loop.transition") return withSaying(next, line);
  // What only was refused ends by itself, when nothing more is.
  const isHeld = isBack || incident.phase !== "" || incident.calls > 0;
  if (!isHeld || isTroubled(line.to)) return withSaying(next, line);
  return { ...withSaying(next, line), phase: "", calls: 0, over: `${line.from} → ${line.to}` };
}

export function endsTrouble(line: Line): boolean {
  const isMove = line.event === "pahlevan.loop.transition";
  return isMove && isTroubled(line.from) && !isTroubled(line.to);
}

function opened(place: Place & { readonly key: string }, nowMs: number): Incident {
  return {
    ...place,
    openedMs: nowMs,
    lastMs: nowMs,
    severity: "debug",
    phase: "",
    calls: 0,
    tally: emptyTally,
    says: [],
    untold: 0,
  };
}

function withTrouble(incident: Incident, line: Line): Incident {
  switch (line.event) {
    case "pahlevan.decision":
      return {
        ...incident,
        tally: counted(incident.tally, `${line.facet} ${line.object}`, line.action),
      };
    case "pahlevan.loop.transition":
      return { ...withSaying(incident, line), phase: line.to };
    case "pahlevan.loop.notice":
      return { ...withSaying(incident, line), calls: incident.calls + 1 };
    default:
      return incident;
  }
}

function withSaying(incident: Incident, line: Line): Incident {
  const saying = sayingOf(line);
  if (saying === undefined) return incident;
  const url = line.event === "pahlevan.loop.transition" ? line.cause.url : undefined;
  return {
    ...incident,
    says: [...incident.says, saying].slice(-mostSays),
    ...(url !== undefined && url.length <= 2_000 && { url }),
  };
}

/** In a sentence; undefined where a number says it. */
export function sayingOf(line: Line): string | undefined {
  switch (line.event) {
    case "pahlevan.loop.transition": {
      const { from, to, does, why, cause } = line;
      const asked = cause.by === "" ? "" : ` (${cause.source}: ${cause.by})`;
      return plain(`${from} → ${to}: ${does}, because ${why}${asked}`, mostSayChars);
    }
    case "pahlevan.loop.notice":
      return plain(line.says, mostSayChars);
    case "pahlevan.profile.converged":
      return `learning is complete: ${line.behaviours} behaviours of ${line.instances} instances`;
    case "pahlevan.decision":
    case "pahlevan.behaviour.first_seen":
    case "pahlevan.behaviour.seen":
      return plain(`${line.action}: ${line.facet} ${line.object}`, mostSayChars);
    case "pahlevan.instance.started":
    case "pahlevan.instance.ended":
      return `an instance ${line.event === "pahlevan.instance.started" ? "started" : "ended"}`;
    case "span":
      return plain(`${line.name}${line.failed === undefined ? "" : `: ${line.failed}`}`);
  }
}
