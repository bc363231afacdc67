/** kill -9 at any instant: what was said to be written is there, and nothing is torn. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { storeFile } from "./open.ts";
import { Store } from "./store.ts";

const folder = mkdtempSync(join(tmpdir(), "pahlevan-killed-"));
afterAll(() => rmSync(folder, { recursive: true }));

const writer = join(import.meta.dirname, "writer.ts");

/** The last round that it told of before it was killed; undefined if of none. */
async function writtenUntilKilled(
  directory: string,
  isTime: (round: number | undefined) => boolean,
): Promise<number | undefined> {
  const child = spawn(process.execPath, [writer, directory], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let told = "";
  let last: number | undefined;
  const look = setInterval(() => void (isTime(last) && child.kill("SIGKILL")), 1);
  child.stdout.on("data", (chunk: Buffer) => {
    told += chunk.toString();
    const whole = told.slice(0, told.lastIndexOf("\n")).split("\n").at(-1);
    if (whole !== undefined && whole !== "") last = Number(whole);
    if (isTime(last)) child.kill("SIGKILL");
  });
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals | null>();
  child.once("close", (_, signal) => resolve(signal));
  const signal = await promise;
  clearInterval(look);
  if (signal !== "SIGKILL") throw new Error(`the writer ended by itself (${signal})`);
  return last;
}

function expectWhole(stateDirectory: string, last: number | undefined): void {
  using store = Store.open({ stateDirectory, decisionsKept: 50 });
  const profile = store.profiles.read({ namespace: "host", workload: "web" })?.profile;
  const rounds = profile?.facets.file.entries.size ?? 0;
  const [decision] = store.decisions.newest();
  // Told of round n: it and all before are there. Not told of: whole, or not there at all.
  expect(rounds).toBeGreaterThan(last ?? -1);
  expect([rounds - 1, rounds - 2]).toContain(decision?.atMs ?? rounds - 1);
  const kept = [...store.events.read({ order: "oldest" })].map(({ line }) => line);
  const sums = { rows: kept.length, bytes: kept.join("").length, decisions: kept.length };
  expect(store.events.sums()).toEqual(sums);
  for (let round = 0; round < rounds; round++)
    expect(profile?.facets.file.entries.has(`file read /srv/app/${round}`)).toBe(true);
}

describe("a writer that is killed", () => {
  it("leaves all that it had told of, again and again in the same file", async () => {
    const directory = join(folder, "again");
    let before = -1;
    for (const more of [1, 2, 3, 5, 8, 13, 21, 34]) {
      const until = before + more;
      const last = await writtenUntilKilled(directory, (round = -1) => round >= until);
      expectWhole(directory, last);
      before = last ?? before;
    }
    expect(before).toBeGreaterThanOrEqual(80);
  });

  it("leaves a store that opens, even if it had just begun to make it", async () => {
    for (let attempt = 0; attempt < 8; attempt++) {
      const directory = join(folder, `young-${attempt}`);
      const places = ["", "-journal", "-wal", "-shm"].map((end) => storeFile(directory) + end);
      const file = places[attempt % places.length] ?? "";
      // A journal may be gone before anybody looks: then the first round will do.
      const last = await writtenUntilKilled(
        directory,
        (round) => existsSync(file) || round !== undefined,
      );
      expectWhole(directory, last);
    }
  });
});
