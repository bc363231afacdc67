/** Waits until Splunk's indexers have what its collector took, for as long as is agreed. */
import { setTimeout as wait } from "node:timers/promises";
import type { HttpAnswer } from "../../delivery/http.ts";
import { at, jsonIn } from "../answer.ts";

export interface Patience {
  readonly timeoutMs: number;
  readonly nowMs: () => number;
}

const firstWaitMs = 100;
const longestWaitMs = 5_000;

/** Whether it was acknowledged in time. What cannot be asked now is asked again until then. */
export async function isAcknowledged(
  id: number,
  ask: (body: string) => Promise<HttpAnswer>,
  { timeoutMs, nowMs }: Patience,
  signal: AbortSignal,
): Promise<boolean> {
  const until = nowMs() + timeoutMs;
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(2 * waitMs, longestWaitMs)) {
    const answer = await ask(JSON.stringify({ acks: [id] })).catch(() => undefined);
    signal.throwIfAborted();
    if (answer?.status === 200 && at(jsonIn(answer.body), "acks", String(id)) === true) return true;
    if (nowMs() >= until) return false;
    await wait(waitMs, undefined, { signal });
  }
}
