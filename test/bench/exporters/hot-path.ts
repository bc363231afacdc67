/** What sinks add to the turn in which the ring is read: with and without, event by event. */
import { Telling } from "../../../agent/exports/telling.ts";
import { madeEvent } from "../../../agent/sense/made.ts";
import type { Row } from "../row.ts";

const events = 100_000;
const perTurn = 256;

export async function hotPath(): Promise<readonly Row[]> {
  await nanosecondsEach(true); // warm
  const without = await nanosecondsEach(false);
  const withSinks = await nanosecondsEach(true);
  const added = withSinks.p99 - without.p99;
  return [
    {
      name: "p99 added to an event's turn by sinks",
      value: Math.max(0, added) / 1_000,
      unit: "µs",
      budget: "≤ 1 µs (0)",
      ok: added <= 1_000,
      detail: `p99 ${without.p99} ns without, ${withSinks.p99} ns with; medians ${without.p50} and ${withSinks.p50} ns; written later, ${withSinks.laterUs.toFixed(1)} µs each`,
    },
  ];
}

async function nanosecondsEach(wants: boolean) {
  const exporting = { wants: () => wants, put: () => undefined };
  const telling = new Telling({
    exporting,
    tierOf: () => "lsm",
    traceOf: () => undefined,
    complain: () => undefined,
  });
  const event = madeEvent({ kind: "open", path: { value: "/etc/hosts" }, access: ["read"] });
  const took = new Float64Array(events);
  let laterMs = 0;
  for (let at = 0; at < events; at++) {
    const began = process.hrtime.bigint();
    telling.see(event);
    took[at] = Number(process.hrtime.bigint() - began);
    if (at % perTurn === 0) {
      const turn = performance.now();
      telling.flush();
      laterMs += performance.now() - turn;
    }
  }
  took.sort();
  const at = (share: number) => took[Math.floor(events * share)] ?? 0;
  return { p50: at(0.5), p99: at(0.99), laterUs: (laterMs * 1_000) / events };
}
