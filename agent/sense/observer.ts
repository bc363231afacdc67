/**
 * Streams an agent's events to one reader as lines of JSON; a slow one misses some, and is told how
 * many.
 */
import type { Writable } from "node:stream";
import type { BehaviourEvent } from "@pahlevan/core/behaviour/event.ts";
import type { Agent } from "./agent.ts";
import type { Hello, Request, Skipped } from "./control-protocol.ts";
import { eventLine } from "./event-line.ts";
import { Feed } from "./feed.ts";
import { compile } from "./filter.ts";
import { tiersByKind } from "./senses.ts";

export interface ObserverOptions {
  readonly agent: Agent;
  readonly request: Extract<Request, { observe: unknown }>;
  readonly reader: Writable;
  /** Most events that wait for the reader. */
  readonly limit: number;
  readonly version: string;
  readonly onSkipped?: (count: number) => void;
}

/** Lines per write: a burst costs few system calls, and the event loop gets its turn in between. */
const linesPerWrite = 64;

/** Returns how to stop. */
export function observe(options: ObserverOptions): () => void {
  const { agent, request, reader, limit, version, onSkipped } = options;
  // Asked for at the first event: before the start there are no tiers.
  let tierOf: ReturnType<typeof tiersByKind> | undefined;
  let draining = true;

  const feed = new Feed<BehaviourEvent>(limit, () => void (draining && setImmediate(send)));

  function send(): void {
    for (let turn = 0; turn < 4; turn++) {
      const taken = feed.take(linesPerWrite);
      if (taken.length === 0 || reader.destroyed) return;
      tierOf ??= tiersByKind(agent.senses);
      let text = "";
      for (const delivery of taken) {
        if ("item" in delivery) {
          text += `${JSON.stringify(eventLine(delivery.item, tierOf))}\n`;
        } else {
          onSkipped?.(delivery.skipped);
          text += `${JSON.stringify(skippedLine(delivery.skipped))}\n`;
        }
      }
      draining = reader.write(text);
      if (!draining) return; // "drain" goes on from here
    }
    setImmediate(send);
  }

  const onDrain = () => {
    draining = true;
    send();
  };
  reader.on("drain", onDrain);

  const hello: Hello = {
    event: "pahlevan.observe.hello",
    version,
    pid: process.pid,
    forgotten: request.sinceStart ? agent.journal.forgotten : 0,
  };
  draining = reader.write(`${JSON.stringify(hello)}\n`);
  if (request.sinceStart) {
    const fits = compile(request.observe);
    for (const event of agent.journal) if (fits(event)) feed.offer(event);
  }
  const stop = agent.listen(request.observe, (event) => feed.offer(event));
  return () => {
    stop();
    reader.off("drain", onDrain);
  };
}

function skippedLine(count: number): Skipped {
  return { event: "pahlevan.observe.skipped", count };
}
