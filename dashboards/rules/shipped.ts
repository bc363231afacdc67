/** The shipped rules: all of them, in their groups. */
import { canaryAlerts } from "./alerts/canary.ts";
import { loopAlerts } from "./alerts/loop.ts";
import { nodeAlerts } from "./alerts/node.ts";
import { violationAlerts } from "./alerts/violations.ts";
import { usualPace, type Pace } from "./pace.ts";
import { recordings } from "./recordings.ts";
import type { Alert, Group } from "./rule.ts";

/** Rules of a group are evaluated one after another: what is recorded is there for what follows. */
export function shippedGroups(pace: Pace = usualPace): Group[] {
  return [
    {
      name: "pahlevan-canary",
      intervalSeconds: pace.evaluation,
      recordings: recordings(pace),
      alerts: [...canaryAlerts(pace), ...violationAlerts(pace)],
    },
    {
      name: "pahlevan-loop",
      intervalSeconds: pace.evaluation,
      recordings: [],
      alerts: loopAlerts(pace),
    },
    { name: "pahlevan-node", intervalSeconds: 30, recordings: [], alerts: nodeAlerts() },
  ];
}

export function shippedAlerts(): Alert[] {
  return shippedGroups().flatMap(({ alerts }) => alerts);
}
