/** One record as one line for people: an event as `observe` shows it, and what loops did. */
import type { Line } from "@pahlevan/exporters/record.ts";
import { column, eventText, localTime, qualified, workloadColumns } from "../text/event-text.ts";
import type { Paint } from "../text/colour.ts";
import { safe } from "../text/safe.ts";

export function recordText(line: Line, paint: Paint): string {
  const [facet, word, text] = partsOf(line);
  if (facet === "") return "event" in line && "facet" in line ? eventText(line, { paint }) : "";
  const time = paint("dim", localTime(line.time));
  const workload = paint("cyan", column(qualified(line), workloadColumns));
  return `${time}  ${workload}  ${paint("bold", facet.padEnd(10))}  ${word.padEnd(8)}  ${safe(text)}`;
}

type Parts = readonly [facet: string, word: string, text: string];

function partsOf(line: Line): Parts {
  switch (line.event) {
    case "pahlevan.loop.transition": {
      const { from, to, does, why, cause, policy } = line;
      const by = cause.by === cause.source ? cause.by : `${cause.source}: ${cause.by}`;
      return ["loop", "moves", `${from} → ${to}  ${policy} ${does}: ${why} (${by})`];
    }
    case "pahlevan.loop.notice":
      return ["loop", notices[line.notice], `${line.policy}: ${line.says}`];
    case "pahlevan.profile.converged": {
      const { instances, behaviours, unseenMass } = line;
      const unseen = unseenMass === undefined ? "" : `, unseen ${(unseenMass * 100).toFixed(2)} %`;
      return ["learning", "ends", `${behaviours} behaviours of ${instances} instances${unseen}`];
    }
    case "span":
      return ["span", "ends", line.name];
    default:
      return ["", "", ""];
  }
}

const notices = { page: "pages", fail: "fails", ask: "asks", propose: "proposes" } as const;
