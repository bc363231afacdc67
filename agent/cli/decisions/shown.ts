/** A record as it is printed: one object a line, YAML documents, or text with the days between. */
import type { Line } from "@pahlevan/exporters/record.ts";
import { stringify } from "yaml";
import type { Paint } from "../text/colour.ts";
import { safe } from "../text/safe.ts";
import { recordText } from "./record-text.ts";

export type Form = "text" | "json" | "yaml";

/** What is no record is left out: "". */
export function showing(form: Form, paint: Paint, nowMs: number): (text: string) => string {
  // Of other days than today there is a line with the day, for the others have the hour only.
  let day = dayOf(nowMs);
  return (text) => {
    if (form === "json") return `${text}\n`;
    const record: unknown = JSON.parse(text);
    if (!isRecord(record)) return "";
    if (form === "yaml") return `---\n${stringify(record)}`;
    const today = dayOf(Date.parse(record.time));
    const head = today === day ? "" : `${paint("dim", today)}\n`;
    day = today;
    return `${head}${hostOf(record, paint)}${recordText(record, paint)}\n`;
  };
}

/** Of a line that we wrote ourselves: that it is one, not that each field is right. */
function isRecord(value: unknown): value is Line {
  return typeof value === "object" && value !== null && "event" in value && "time" in value;
}

/** Where many hosts write, each record says of which one it is. */
function hostOf(record: object, paint: Paint): string {
  return "host" in record ? `${paint("dim", safe(String(record.host)))}  ` : "";
}

function dayOf(ms: number): string {
  const date = new Date(ms);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
