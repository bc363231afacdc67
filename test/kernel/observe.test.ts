/** `pahlevan observe`, as its user meets it. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { cannotSense, Pahlevan, parsed, Up } from "./pahlevan.ts";

const aMinuteMs = 60_000;
const folder = mkdtempSync(join(tmpdir(), "pahlevan-observe-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A program that nobody has run before, so that its exec is a first sight. */
function newProgram(name: string): string {
  const path = join(folder, name);
  execFileSync("cp", ["/bin/true", path]);
  return path;
}

const observe = (up: Up, ...args: string[]) =>
  new Pahlevan(["observe", "--control-socket", up.socket, ...args]);

/** Does it again until the observer, which takes its time to connect, has told of it. */
async function untilTold(observer: Pahlevan, what: RegExp, act: () => void): Promise<string> {
  const told = observer.says(what);
  const again = setInterval(act, 100);
  try {
    const [line] = await told;
    return line;
  } finally {
    clearInterval(again);
  }
}

describe.skipIf(cannotSense !== undefined)(`pahlevan observe (${cannotSense ?? "as root"})`, () => {
  it("tells of a new program in the words of the contract", async () => {
    await using up = await Up.start();
    await using observer = observe(up, "-o", "json", "--facet", "exec");
    const began = Date.now();
    let turn = 0;
    const text = await untilTold(observer, /^.*"object":"[^"]*first-\d+".*$/m, () => {
      execFileSync(newProgram(`first-${turn++}`), ["--greet", "world"]);
    });
    const line = parsed(text);
    expect(line).toMatchObject({
      event: "pahlevan.behaviour.first_seen",
      namespace: "host",
      facet: "exec",
      kind: "exec",
      action: "allow",
      mode: "monitor",
      tier: "tracepoint",
      policy: "",
      reason: "first_seen",
      process: {
        exe: line["object"],
        args: [line["object"], "--greet", "world"],
        cwd: process.cwd(),
        uid: 0,
        parent: { pid: process.pid },
      },
    });
    expect(line["object"]).toMatch(/\/first-\d+$/);
    expect(text).toMatch(/"process":\{"pid":\d+,"start":"\d+"/);
    // Of the wall's clock and this time zone; two clocks are not read in one moment.
    const saidAt = Date.parse(String(line["time"]));
    expect(saidAt).toBeGreaterThan(began - aMinuteMs);
    expect(saidAt - aMinuteMs).toBeLessThan(Date.now());
    expect(line["time"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
  });

  it("begins with what was seen before, if asked so", async () => {
    await using up = await Up.start();
    execFileSync(newProgram("before"));
    await using observer = observe(up, "--since-start", "--facet", "exec");
    expect((await observer.says(/.*before.*/))[0]).toMatch(/exec +runs +\S+before +before\[\d+\]$/);
  });

  it("tells every occurrence while somebody asks for it", async () => {
    await using up = await Up.start();
    const program = newProgram("again");
    execFileSync(program);
    await using observer = observe(up, "-o", "json", "--every", "exec", "--kind", "exec");
    // Its first time may still be on its way: that is told as one.
    const repeat = /^(?=.*"object":"[^"]*again")(?=.*"reason":"every").*$/m;
    const line = await untilTold(observer, repeat, () => execFileSync(program));
    expect(JSON.parse(line)).toMatchObject({ event: "pahlevan.behaviour.seen" });
  });

  it("shows hostile names without their control bytes", async () => {
    await using up = await Up.start();
    await using observer = observe(up, "--facet", "file");
    let turn = 0;
    const line = await untilTold(observer, /^.*steer.*$/m, () => {
      writeFileSync(join(folder, `steer\u001b[2J\n\u0007${turn++}`), "");
    });
    expect(line).toContain("steer\\x1b[2J\\x0a\\x07");
  });

  it("survives a terminal that does not read: the agent goes on, and the loss is told", async () => {
    await using up = await Up.start(["--observe-buffer", "64"]);
    await using observer = observe(up, "--every", "open");
    await up.metric(/^pahlevan_observers 1$/m);
    observer.process.stdout?.pause();
    const flood = `for f in $(seq 40); do for i in $(seq 200); do : < /etc/hostname; done; done`;
    execFileSync("sh", ["-c", flood]);
    execFileSync("sh", ["-c", flood]);
    // The agent answers, and has lost nothing itself.
    expect(await up.get("/healthz")).toContain('"ok":true');
    observer.process.stdout?.resume();
    await observer.says(/… [\d ]+ events skipped, terminal too slow/);
    await up.metric(/^pahlevan_observe_skipped_total [1-9]\d*$/m);
  });

  it("ends quietly when its reader has enough", async () => {
    await using up = await Up.start();
    await using observer = observe(up, "--every", "open");
    observer.process.stdout?.destroy();
    const again = setInterval(() => execFileSync("cat", ["/etc/hostname"]), 50);
    const ended = await observer.ended.finally(() => clearInterval(again));
    expect(ended).toEqual({ code: 0, signal: null });
    expect(observer.stderr).toBe("");
  });

  it("senses by itself where no agent runs, and says so", async () => {
    await using observer = new Pahlevan([
      "observe",
      ...["--control-socket", join(folder, "none.sock"), "--facet", "exec"],
    ]);
    await observer.says(/no agent runs at .*none\.sock: sensing from here/);
    let turn = 0;
    await untilTold(observer, /alone-\d+/, () => execFileSync(newProgram(`alone-${turn++}`)));
    observer.process.kill("SIGINT");
    expect(await observer.ended).toEqual({ code: 0, signal: null });
  });
});
