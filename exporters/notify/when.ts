/** When an incident is told of, and when it is over without anybody having said so. */
import { isAtLeast } from "../severity.ts";
import type { Incident } from "./incident.ts";

export interface Patience {
  /** What only was refused is over so long after the last time. */
  readonly resolveAfterMs: number;
  /** The same incident is not told of again before, unless it is graver now. */
  readonly repeatMs: number;
}

/** Where the loop is gone, nobody says that it is back. */
const staleMs = 7 * 86_400_000;

/** As it is now: over, where it has been quiet for long enough. */
export function lookedAt(incident: Incident, nowMs: number, patience: Patience): Incident {
  if (incident.over !== undefined) return incident;
  const quietMs = nowMs - incident.lastMs;
  const endsByItself = incident.phase === "" && incident.calls === 0;
  if (endsByItself && quietMs >= patience.resolveAfterMs)
    return { ...incident, over: `nothing more for ${spanOf(quietMs)}` };
  if (quietMs >= staleMs) return { ...incident, over: `nothing was heard of it for a week` };
  return incident;
}

/** Whether it is to be told of now. */
export function isToTell(incident: Incident, nowMs: number, { repeatMs }: Patience): boolean {
  const { told, over, severity, phase, calls, untold } = incident;
  if (told === undefined || over !== undefined) return true;
  if (phase !== told.phase || calls !== told.calls) return true;
  if (severity !== told.severity && isAtLeast(severity, told.severity)) return true;
  return untold > 0 && nowMs - told.atMs >= repeatMs;
}

function spanOf(ms: number): string {
  const [size, unit] =
    ms >= 2 * 86_400_000
      ? [86_400_000, "days"]
      : ms >= 2 * 3_600_000
        ? [3_600_000, "hours"]
        : ms >= 120_000
          ? [60_000, "minutes"]
          : [1_000, "seconds"];
  return `${Math.round(ms / size)} ${unit}`;
}
