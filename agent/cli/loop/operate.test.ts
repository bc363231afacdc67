/** What the command line makes of one act over all loops, and of what an agent answers. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "pahlevan-operate-"));
afterAll(() => rmSync(folder, { recursive: true }));

const main = join(import.meta.dirname, "../main.ts");
const answers = [
  { policy: "web", workload: "web", outcome: "accepted", says: "nothing is refused any more" },
  { policy: "db", workload: "db", outcome: "refused", says: "nothing has changed: no room" },
];

/** With an agent that answers each move so; what it was asked. */
async function pahlevan(told: readonly unknown[], ...words: readonly string[]) {
  const asked: unknown[] = [];
  const server = createServer((socket) =>
    socket.on("data", (bytes) => {
      const request: unknown = JSON.parse(String(bytes));
      const isMove = typeof request === "object" && request !== null && "move" in request;
      if (isMove) asked.push(request.move);
      const status = { pid: 1, version: "1", policies: { held: [] } };
      socket.end(`${JSON.stringify(isMove ? told : status)}\n`);
    }),
  );
  const path = join(folder, "agent.sock");
  const listening = Promise.withResolvers<void>();
  server.listen(path, listening.resolve);
  await listening.promise;
  const child = spawn(process.execPath, [main, "loop", ...words, "--control-socket", path]);
  let said = "";
  child.stdout.on("data", (bytes) => (said += String(bytes)));
  child.stderr.on("data", (bytes) => (said += String(bytes)));
  const ended = Promise.withResolvers<number | null>();
  child.on("close", ended.resolve);
  const code = await ended.promise;
  server.close();
  return { code, said, asked };
}

test("all loops are asked by one act, and who refuses is named", async () => {
  const { code, said, asked } = await pahlevan(answers, "emergency", "--all", "--reason", "fire");
  expect(asked).toEqual([
    expect.objectContaining({ kind: "emergency", target: {}, reason: "fire", all: true }),
  ]);
  expect(said).toContain("db db: refused: nothing has changed: no room");
  expect(code).toBe(1);
  const all = await pahlevan(answers.slice(0, 1), "resume", "--all", "--reason", "it is out");
  expect([all.code, all.asked]).toMatchObject([0, [{ kind: "resume", target: {}, all: true }]]);
});

test("where there is nothing to end, that is said", async () => {
  const { code, said } = await pahlevan([], "resume", "--all", "--reason", "x");
  expect([code, said]).toEqual([1, expect.stringContaining("no loop is where resume means")]);
});

test.each([
  [["emergency", "--all"], /why\? --reason/],
  [["emergency", "--all", "--reason", " "], /why\? --reason/],
  [["resume", "--all", "--reason", "x", "web"], /either --all, or the names/],
  [["emergency", "--reason", "x"], /which policy/],
])("%j asks nobody anything", async (words, why) => {
  const { code, said, asked } = await pahlevan(answers, ...words);
  expect([code, said, asked]).toEqual([2, expect.stringMatching(why), []]);
});
