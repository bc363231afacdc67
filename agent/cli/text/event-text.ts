/** One event as one line for people: time, workload, facet, what, object, by whom. */
import type { Kind } from "@pahlevan/core/behaviour/event.ts";
import type { EventLine } from "@pahlevan/core/behaviour/event-line.ts";
import type { Colour, Paint } from "./colour.ts";
import { safe, shortened } from "./safe.ts";

/** What happened, in a word. */
const words: Readonly<Record<Kind, string>> = {
  instance_start: "begins",
  instance_end: "ends",
  fork: "forks",
  exec: "runs",
  exit: "exits",
  credential: "becomes",
  open: "opens",
  create: "creates",
  unlink: "deletes",
  rename: "renames",
  link: "links",
  chmod: "changes",
  mount: "mounts",
  connect: "connects",
  bind: "binds",
  listen: "listens",
  accept: "accepts",
  send: "sends to",
  dns: "asks for",
  flow: "closes",
  syscall: "calls",
  capability: "uses",
  ptrace: "traces",
  bpf: "bpf",
  module: "loads",
  io_uring: "submits",
  namespace: "makes",
};

const colours: Readonly<Record<string, Colour>> = {
  exec: "green",
  file: "blue",
  network: "magenta",
  syscall: "dim",
  capability: "yellow",
  credential: "yellow",
  mount: "yellow",
  ptrace: "red",
  bpf: "red",
  module: "red",
  io_uring: "cyan",
  namespace: "red",
  process: "dim",
  instance: "bold",
};

export interface TextOptions {
  readonly paint: Paint;
  /** Of the terminal; lines are not cut where there is none. */
  readonly columns?: number | undefined;
}

export const workloadColumns = 24;

export function eventText(line: EventLine, { paint, columns }: TextOptions): string {
  const time = localTime(line.time);
  const workload = column(qualified(line), workloadColumns);
  const facet = column(line.facet, 10);
  const word = column(words[line.kind], 8);
  const by = byWhom(line);
  const before = `${time}  ${workload}  ${facet}  ${word}  `;
  const room =
    columns === undefined ? Infinity : Math.max(24, columns - before.length - by.length - 2);
  const object = shortened(safe(objectText(line)), room);
  const notes = noteText(line);
  const decided = decisionText(line);
  const end = decided && `  ${paint(line.action === "allow" ? "yellow" : "red", decided)}`;
  return (
    `${paint("dim", time)}  ${paint("cyan", workload)}  ` +
    `${paint(colours[line.facet] ?? "dim", facet)}  ${word}  ${object}` +
    `${notes && paint("yellow", notes)}${by && `  ${paint("dim", by)}`}${end}`
  );
}

export function qualified({
  namespace,
  workload,
}: Pick<EventLine, "namespace" | "workload">): string {
  return namespace === "host" ? workload : `${namespace}/${workload}`;
}

/** "denied by web: read not allowed: it is neither named nor learned" */
function decisionText({ event, action, policy, reason }: EventLine): string {
  if (event !== "pahlevan.decision") return "";
  const what = { allow: "let through", alert: "alert", deny: "denied", kill: "killed" }[action];
  return `${what}${policy && ` by ${safe(policy)}`}: ${safe(reason)}`;
}

/** The object, with what makes it clear: a rename's new name, how a file was opened. */
function objectText({ object, detail, kind }: EventLine): string {
  const target = detail["target"];
  if (typeof target === "string" && (kind === "rename" || kind === "link")) {
    return `${object} → ${target}`;
  }
  const access = detail["access"];
  if (Array.isArray(access) && access.length > 0 && kind === "open") {
    return `${object} (${access.join(", ")})`;
  }
  const operation = detail["operation"];
  if (
    typeof operation === "string" &&
    (kind === "create" || kind === "chmod" || kind === "mount")
  ) {
    return `${object} (${operation})`;
  }
  return object;
}

/** Flags that say that this is less than the whole truth. */
const notable = new Set([
  "cut",
  "unresolved",
  "user_text",
  "deleted",
  "detached",
  "set_full",
  "setup",
]);

function noteText({ flags, escaped }: EventLine): string {
  const notes = flags.filter((flag) => notable.has(flag)).map((flag) => flag.replace("_", " "));
  if (escaped?.includes("object")) notes.push("not UTF-8");
  return notes.length === 0 ? "" : ` [${notes.join(", ")}]`;
}

function byWhom({ process }: EventLine): string {
  if (process === undefined) return "";
  const name = process.exe.split("/").at(-1) || "?";
  return `${shortened(safe(name), 24)}[${process.pid}]`;
}

export function column(text: string, width: number): string {
  return shortened(safe(text), width).padEnd(width);
}

/** Milliseconds are enough for an eye. */
export function localTime(time: string): string {
  const date = new Date(time);
  const two = (value: number) => String(value).padStart(2, "0");
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
  return `${clock}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}
