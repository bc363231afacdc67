import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";

const home = fileURLToPath(new URL("..", import.meta.url));
mkdirSync(join(home, "build"), { recursive: true });
const folder = mkdtempSync(join(home, "build/count-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs vitest on one file of tests as `./pahlevan test` does. */
function runTests(tests: string, ci: boolean): { code: number | null; lines: string[] } {
  const name = "sample.test.ts";
  writeFileSync(join(folder, name), `import { expect, it } from "vitest";\n${tests}\n`);
  const vitest = join(home, "node_modules/vitest/vitest.mjs");
  const reporters = ["--reporter=default", `--reporter=${join(home, "tools/count-reporter.ts")}`];
  const { status, stdout } = spawnSync(
    process.execPath,
    [vitest, "run", "--root", folder, ...reporters],
    { encoding: "utf8", env: { ...process.env, CI: ci ? "true" : "", NO_COLOR: "1" } },
  );
  return { code: status, lines: stdout.trimEnd().split("\n") };
}

const passing = 'it("holds", () => expect(1).toBe(1));';
const failing = 'it("breaks", () => expect(1).toBe(2));';
const skipped = 'it("waits", (t) => t.skip("no such kernel"));';

describe("the last line of a test run", () => {
  it("counts what passed, failed and was skipped, and fails the run", () => {
    const { code, lines } = runTests([passing, passing, failing, skipped].join("\n"), false);
    expect(lines.at(-1)).toBe("2 passed, 1 failed, 1 skipped");
    expect(lines.at(-2)).toBe("skipped sample.test.ts: waits: no such kernel");
    expect(code).toBe(1);
  });

  it("is no failure when tests were skipped on a developer's machine", () => {
    const { code, lines } = runTests([passing, skipped].join("\n"), false);
    expect(lines.at(-1)).toBe("1 passed, 0 failed, 1 skipped");
    expect(code).toBe(0);
  });

  it("is a failure when tests were skipped in CI", () => {
    const { code, lines } = runTests([passing, skipped].join("\n"), true);
    expect(lines.at(-1)).toBe("1 passed, 0 failed, 1 skipped");
    expect(code).toBe(1);
  });

  it("counts a file that does not load as a failure", () => {
    const { code, lines } = runTests('import "./missing.ts";', false);
    expect(lines.at(-1)).toBe("0 passed, 1 failed, 0 skipped");
    expect(code).toBe(1);
  });

  it("counts an error that no test caught", () => {
    const { code, lines } = runTests(`${passing}\nvoid Promise.reject(new Error("stray"));`, false);
    expect(lines.at(-1)).toBe("1 passed, 1 failed, 0 skipped");
    expect(code).toBe(1);
  });
});
