/** `pahlevan observe`: what is seen, live, from the running agent or from senses of its own. */
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { ask, connectTo } from "../sense/control-client.ts";
import { asFacet, asKind, type Hello, type Skipped } from "../sense/control-protocol.ts";
import type { EventLine } from "@pahlevan/core/behaviour/event-line.ts";
import type { Filter } from "../sense/filter.ts";
import { linesOf } from "../sense/lines.ts";
import { isOn, valueOf, valuesOf, type Invocation } from "./command.ts";
import type { Config } from "./config/keys.ts";
import { EnvironmentError, exitCodes } from "./exit.ts";
import { expectRights } from "./privileges.ts";
import { settingsOf } from "./settings.ts";
import { untilSignal } from "./signals.ts";
import { paintFor } from "./text/colour.ts";
import { eventText } from "./text/event-text.ts";
import { safe } from "./text/safe.ts";
import { version } from "./version.ts";

type Line = EventLine | Skipped | Hello | { readonly error: string };

export async function run(invocation: Invocation): Promise<number> {
  const config = await settingsOf(invocation);
  const filter: Filter = {
    workloads: valuesOf(invocation, "workload"),
    namespaces: valuesOf(invocation, "namespace"),
    facets: valuesOf(invocation, "facet").map(asFacet),
    kinds: valuesOf(invocation, "kind").map(asKind),
    every: valuesOf(invocation, "every").map(asKind),
    decisions: isOn(invocation, "decisions"),
  };
  const sinceStart = isOn(invocation, "since-start");
  const json = valueOf(invocation, "output") === "json";
  const print = printer(json);
  const socket = await connect(config.controlSocket);
  const source =
    socket === undefined
      ? await senseHere(config, filter, sinceStart)
      : { lines: ask(socket, { observe: filter, sinceStart }), end: async () => socket.destroy() };

  const ended = untilSignal().then(() => source.end());
  // A reader that has enough closes its end; that is no error.
  process.stdout.on("error", () => void source.end());
  try {
    for await (const text of source.lines) {
      const line: unknown = JSON.parse(text);
      if (!isLine(line))
        throw new EnvironmentError("the agent speaks another language: another version?");
      if ("error" in line) throw new EnvironmentError(`the agent refuses: ${line.error}`);
      if (process.stdout.destroyed) break;
      if (!print(line, text)) await Promise.race([once(process.stdout, "drain"), ended]);
    }
  } finally {
    await source.end();
  }
  return exitCodes.fine;
}

/** The agent is trusted to write what it says it writes; that it is one is checked. */
function isLine(line: unknown): line is Line {
  return typeof line === "object" && line !== null && ("event" in line || "error" in line);
}

/** Returns whether the reader keeps up. */
function printer(json: boolean): (line: Line, text: string) => boolean {
  const paint = paintFor(process.stdout, process.env);
  const notice = (text: string) => void process.stderr.write(`${paint("yellow", text)}\n`);
  return (line, text) => {
    if ("error" in line) return true;
    if (line.event === "pahlevan.observe.hello") {
      if ("forgotten" in line && line.forgotten > 0) {
        notice(`… ${grouped(line.forgotten)} earlier events are no longer kept (journal-size)`);
      }
      return true;
    }
    if (json) return process.stdout.write(`${text}\n`);
    if ("count" in line) {
      notice(`… ${grouped(line.count)} events skipped, terminal too slow`);
      return true;
    }
    if (!("kind" in line)) return true;
    const columns = process.stdout.isTTY ? process.stdout.columns : undefined;
    return process.stdout.write(`${eventText(line, { paint, columns })}\n`);
  };
}

/** 1 234 */
function grouped(count: number): string {
  return count.toLocaleString("en").replaceAll(",", " ");
}

async function connect(path: string) {
  try {
    return await connectTo(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new EnvironmentError(`cannot reach the agent: ${safe(reason)}; observe needs root`);
  }
}

interface Source {
  readonly lines: AsyncIterable<string>;
  end(): Promise<unknown>;
}

/** The same lines as from an agent, through the same bounded queue, in one process. */
async function senseHere(config: Config, filter: Filter, sinceStart: boolean): Promise<Source> {
  expectRights("observe");
  const [{ observe }, { opening, starting }] = await Promise.all([
    import("../sense/observer.ts"),
    import("./starting.ts"),
  ]);
  process.stderr.write(`no agent runs at ${config.controlSocket}: sensing from here\n`);
  const { agent } = await opening(config);
  const reader = new PassThrough();
  const request = { observe: filter, sinceStart };
  const stop = observe({ agent, request, reader, limit: config.observeBuffer, version });
  await starting(agent);
  let ending: Promise<void> | undefined;
  const end = () => {
    ending ??= agent.stop().then(() => {
      stop();
      reader.end();
    });
    return ending;
  };
  return { lines: linesOf(reader), end };
}
