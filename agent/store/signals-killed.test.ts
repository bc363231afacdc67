/**
 * kill -9 at any instant, signals in flight: none that was acknowledged is lost, none read twice.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { Store } from "./store.ts";

// Killing takes nothing from the page cache: a disk would only be waited for.
const memory = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
const folder = mkdtempSync(join(memory, "pahlevan-signals-killed-"));
afterAll(() => rmSync(folder, { recursive: true }));

const writer = join(import.meta.dirname, "signal-writer.ts");
/** Side by side, each with a store of its own: starting takes the longest. */
const lanes = 4;
const killsALane = 50;

/** The numbers that it said it took, until it was killed some time after the first of them. */
async function takenUntilKilled(directory: string): Promise<number[]> {
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", writer, directory],
    {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, NODE_COMPILE_CACHE: join(folder, "compiled") },
    },
  );
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals | null>();
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => {
    if (said === "") setTimeout(() => child.kill("SIGKILL"), Math.random() * 20);
    said += chunk.toString();
  });
  child.once("close", (_, signal) => resolve(signal));
  expect(await promise).toBe("SIGKILL");
  return said.split("\n").slice(0, -1).map(Number);
}

function expectAll(directory: string, acknowledged: ReadonlySet<number>): void {
  using store = Store.open({ stateDirectory: directory, decisionsKept: 1, signalsKept: 100_000 });
  const rows = store.signals.changedSince(0, 100_000);
  const there = new Set(rows.map(({ signal }) => signal.startsAtMs));
  expect([...acknowledged].filter((number) => !there.has(number))).toEqual([]);
  // What the loop knows is what comes before its mark: each once, in the order of their changes.
  const read: unknown = JSON.parse(store.loops.all()[0]?.state ?? "[]");
  const { taken } = store.signals;
  const before = rows.filter(({ changed }) => changed <= taken);
  expect(read).toEqual(before.map(({ signal }) => signal.startsAtMs));
}

it("200 times", { timeout: 600_000 }, async () => {
  const lane = async (number: number) => {
    const directory = join(folder, `lane-${number}`);
    const acknowledged = new Set<number>();
    for (let kill = 0; kill < killsALane; kill++) {
      for (const each of await takenUntilKilled(directory)) acknowledged.add(each);
      expectAll(directory, acknowledged);
    }
    expect(acknowledged.size).toBeGreaterThan(killsALane);
  };
  await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)));
});
