/** Sinks as they are configured, one by one, for a command that tries them. */
import { hostname } from "node:os";
import type { Configured } from "@pahlevan/exporters/dispatch/configured.ts";
import { FileMemory } from "@pahlevan/exporters/dispatch/memory.ts";
import type { Around, Sink } from "@pahlevan/exporters/sink.ts";
import { version } from "../version.ts";

/** Whoever waits at a terminal waits no longer. */
const patienceMs = 15_000;

/** Remembers nothing, and queues nothing: what it is given goes out at once. */
export function sinkOf({ name, prepared }: Configured, cluster: string): Sink {
  const complain = (says: string) => console.error(`  ${name}: ${says}`);
  const around: Around = {
    name,
    host: hostname(),
    cluster,
    version,
    nowMs: Date.now,
    complain,
    enqueue: () => undefined,
    memory: new FileMemory(undefined, complain),
  };
  return prepared.make(around);
}

export interface Tried {
  readonly name: string;
  readonly type: string;
  readonly isRight: boolean;
  readonly says: string;
}

/** What the peer says to a question that changes as little as it can. */
export async function tried(configured: Configured, cluster: string): Promise<Tried> {
  const { name, type } = configured;
  const found = { name, type };
  let sink: Sink | undefined;
  try {
    sink = sinkOf(configured, cluster);
    return { ...found, isRight: true, says: await withinPatience((signal) => check(sink, signal)) };
  } catch (error) {
    return { ...found, isRight: false, says: wordsOf(error) };
  } finally {
    await sink?.close();
  }
}

async function check(sink: Sink | undefined, signal: AbortSignal): Promise<string> {
  return sink === undefined ? "" : sink.check(signal);
}

export async function withinPatience<T>(act: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signal = AbortSignal.timeout(patienceMs);
  const { promise: late, reject } = Promise.withResolvers<never>();
  signal.addEventListener("abort", () =>
    reject(new Error(`no answer within ${patienceMs / 1_000} s`)),
  );
  return Promise.race([act(signal), late]);
}

export function wordsOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(wordsOf).join("; ");
  return error instanceof Error ? error.message : String(error);
}
