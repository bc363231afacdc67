/** The samples and tables of docs/exporters/datadog.md and dogstatsd.md, made by what sends. */
import { examples } from "../examples.ts";
import type { Keys } from "../settings.ts";
import { eventLine, figureLine } from "./dogstatsd-lines.ts";
import { dogstatsdKeys } from "./dogstatsd.ts";
import { eventItem, isEvent } from "./event-item.ts";
import { datadogKeys } from "./keys.ts";
import { logItem } from "./log-item.ts";

const sender = {
  host: "node-1",
  service: "pahlevan",
  tags: ["env:prod", "service:pahlevan", "version:0.1.0", "cluster:production"],
};
const lines = examples("2026-11-22T12:00:00.123456789Z");
const pretty = (json: string) => JSON.stringify(JSON.parse(json), undefined, 2);

/** By the name that a page has for each: `<!-- NAME -->` before it, `<!-- end -->` after it. */
export const pieces: Readonly<Record<string, () => string>> = {
  "a log": () => {
    const [decision] = lines;
    return fenced("json", decision ? pretty(logItem(decision, sender)) : "");
  },
  "an event": () => {
    const event = lines.find(isEvent);
    return fenced("json", event ? pretty(eventItem(event, sender)) : "");
  },
  "lines of dogstatsd": () => {
    const point = {
      metric: "pahlevan.policy_violations.count",
      tags: ["namespace:shop", "workload:checkout", "action:deny"],
      type: "count" as const,
      total: 3,
    };
    const notice = lines.find(({ event }) => event === "pahlevan.loop.notice");
    const event = notice ? eventLine(notice, sender.tags, 1_432) : "";
    return fenced("", [figureLine(point, 3, sender.tags), event].join("\n"));
  },
  "settings of datadog": () => table(datadogKeys),
  "settings of dogstatsd": () => table(dogstatsdKeys),
};

export function withPieces(page: string): string {
  return page.replaceAll(
    /<!-- ([^\n]+?) -->\n[^]*?<!-- end -->/g,
    (whole: string, name: string) => {
      const piece = pieces[name];
      return piece ? `<!-- ${name} -->\n\n${piece()}\n\n<!-- end -->` : whole;
    },
  );
}

function fenced(language: string, text: string): string {
  return ["```" + language, text, "```"].join("\n");
}

function table(keys: Keys): string {
  return [
    "| setting | default | what |",
    "|---|---|---|",
    ...Object.entries(keys).map(([name, { type, default: fallback, doc }]) => {
      const shown = fallback === undefined ? "(has to be set)" : shownAs(type.show(fallback));
      return `| \`${name}\` | ${shown} | ${doc} |`;
    }),
  ].join("\n");
}

const shownAs = (text: string) => (text === "" || text === "(secret)" ? "" : `\`${text}\``);
