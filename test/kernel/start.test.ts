/** Starts under odd conditions: in the midst of signals, and in a pid namespace of its own. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { missing, run } from "../stack/containers/command.ts";
import { cannotSense, parsed } from "./pahlevan.ts";

const reason = cannotSense ?? (await missing("unshare"));
const because = reason === undefined ? "" : ` (${reason})`;
const folder = mkdtempSync(join(tmpdir(), "pahlevan-start-"));
afterAll(() => rmSync(folder, { recursive: true }));

const watchUrl = pathToFileURL(join(import.meta.dirname, "stage/watch.ts")).href;
/** A program of these lines, with a `watch`; what it says is one object of JSON. */
const program = (...lines: readonly string[]) => [
  process.execPath,
  ...["--input-type=module", "--eval"],
  [`import { Watch } from "${watchUrl}";`, ...lines].join("\n"),
];

describe.skipIf(reason !== undefined)(`sensors that start${because}`, () => {
  test("while signals come in are refused nothing for it", async () => {
    const [node = "", ...args] = program(
      "let signals = 0;",
      'process.on("SIGUSR2", () => signals++);',
      'console.log("ready");',
      "const watch = await Watch.start();",
      "const refused = watch.sensors.tiers().flatMap(({ refused }) => refused.map(({ why }) => why));",
      "while (signals === 0) await new Promise(setImmediate);",
      "watch.close();",
      "console.log(JSON.stringify({ refused }));",
      "process.exit();",
    );
    const starting = spawn(node, args, { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    const { promise: ready, resolve } = Promise.withResolvers<void>();
    const ended = new Promise((end) => starting.once("close", end));
    starting.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      resolve();
    });
    await Promise.race([ready, ended]);
    // Some hundreds a second. Without a pause Node itself may stand still: V8 measures the
    // processor's frequency by a sleep that it begins anew after each signal.
    const blow = `while kill -USR2 ${starting.pid}; do sleep 0.001; done`;
    const storm = spawn("sh", ["-c", blow], { stdio: "ignore" });
    await ended;
    storm.kill();
    const [, report = "it ended before it could say"] = said.split("\n");
    const { refused } = parsed(report);
    expect(refused).toBeInstanceOf(Array);
    expect(JSON.stringify(refused)).not.toMatch(/EAGAIN|EINTR|temporarily|nterrupted/);
  });

  test("in a pid namespace know themselves, and tell of the others", async () => {
    const [own, other] = [join(folder, "own"), join(folder, "other")];
    const [node = "", ...args] = program(
      'import { execFileSync } from "node:child_process";',
      'import { writeFileSync } from "node:fs";',
      "const watch = await Watch.start();",
      'watch.sensors.everyKinds(["open", "create"]);',
      `writeFileSync("${own}", "");`,
      `execFileSync("sh", ["-c", ': > "${other}"']);`,
      "const told = (path) => (events) => events.find(({ detail }) => detail.path?.value === path);",
      `await watch.until("the other's file", told("${other}"));`,
      `console.log(JSON.stringify({ pid: process.pid, told: told("${own}")(watch.events) !== undefined }));`,
      "watch.close();",
      "process.exit();",
    );
    const said = await run("unshare", ["--pid", "--fork", "--mount-proc", node, ...args]);
    expect(parsed(said)).toEqual({ pid: 1, told: false });
  });
});
