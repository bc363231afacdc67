/** What is to be in Datadog: the files that are written from dashboards/. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import type { Kind } from "./commands.ts";

export interface Wanted {
  readonly kind: Kind;
  readonly name: string;
  /** By which it is known again. */
  readonly mark: string;
  readonly json: Readonly<Record<string, unknown>>;
}

const folder = join(import.meta.dirname, "../../../dashboards/generated");
const uid = /\buid:[\w-]+/;

const board = z.looseObject({ title: z.string(), description: z.string().regex(uid) });
const monitor = z.looseObject({ name: z.string(), tags: z.array(z.string()) });
const pipeline = z.looseObject({ name: z.string() });

export function shipped(only: readonly Kind[]): Wanted[] {
  const all = [...dashboards(), ...pipelines(), ...monitors()];
  return all.filter(({ kind }) => only.length === 0 || only.includes(kind));
}

function dashboards(): Wanted[] {
  const json = board.parse(read("datadog-dashboard.json"));
  return [{ kind: "dashboards", name: json.title, mark: markIn(json.description), json }];
}

function monitors(): Wanted[] {
  const list = z.array(monitor).parse(read("datadog-monitors.json"));
  return list.map((json): Wanted => {
    return { kind: "monitors", name: json.name, mark: markIn(json.tags.join(" ")), json };
  });
}

function pipelines(): Wanted[] {
  const json = pipeline.parse(read("datadog-log-pipeline.json"));
  return [{ kind: "log-pipelines", name: json.name, mark: json.name, json }];
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(join(folder, file), "utf8"));
}

/** "uid:PahlevanCanaryDegraded"; empty where there is none. */
export function markIn(text: string): string {
  return uid.exec(text)?.[0] ?? "";
}
