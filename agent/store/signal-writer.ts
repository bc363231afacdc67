/**
 * Takes signals without end, several at a time, and reads them as a loop does; says which it took.
 * For the test that kills it. node signal-writer.ts DIRECTORY
 */
import { flushCompileCache } from "node:module";
import type { Told } from "@pahlevan/signals/inbox.ts";
import { Store } from "./store.ts";

// Who is killed keeps nothing for its next start.
flushCompileCache();

const [, , stateDirectory = ""] = process.argv;
const web = { namespace: "shop", policy: "web", workload: "w" };

using store = Store.open({ stateDirectory, decisionsKept: 1, signalsKept: 100_000 });
const { signals, loops } = store;

const told = (number: number): Told => ({
  kind: "rollback",
  source: "alertmanager",
  fingerprint: "f",
  startsAtMs: number,
  status: "firing",
  target: { policy: "web" },
  by: "a",
  says: "",
});

/** As a loop would: what is new is added up, and saved with the mark. */
signals.listen(() => {
  const news = signals.changedSince(signals.taken, 4);
  const last = news.at(-1);
  if (last === undefined) return;
  const numbers: unknown = JSON.parse(loops.all()[0]?.state ?? "[]");
  const known: readonly unknown[] = Array.isArray(numbers) ? numbers : [];
  const state = JSON.stringify([...known, ...news.map(({ signal }) => signal.startsAtMs)]);
  loops.save({ changed: [{ ...web, state, savedMs: 1 }], takenUpTo: last.changed });
});

for (let next = signals.count(); ; next += 3) {
  const three = [next, next + 1, next + 2].map(async (number) => {
    const again = told(Math.max(0, number - 5));
    await signals.accept({ signals: [told(number), again], heartbeats: [] }, 1);
    process.stdout.write(`${number}\n`);
  });
  await Promise.all(three);
}
