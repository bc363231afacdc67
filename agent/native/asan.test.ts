/** The addon under the address, leak and undefined-behaviour sanitizers. */
import { build } from "./test/build.ts";
import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { sanitizedAddon } from "./test/outputs.ts";

const exercise = fileURLToPath(new URL("test/exercise.ts", import.meta.url));

/** Node keeps what it has until its process ends; only what passed through our code is ours. */
function leaksOfOurs(report: string): string[] {
  const leaks = report.split(/\n(?=(?:Direct|Indirect) leak of )/).slice(1);
  return leaks.filter((leak) => /pahlevan::|pahlevan\.node|libbpf/.test(leak));
}

test("sanitizers find nothing", { timeout: 900_000 }, () => {
  build("asan");
  const runtime = execFileSync("gcc", ["-print-file-name=libasan.so"], { encoding: "utf8" }).trim();
  const child = spawnSync(process.execPath, ["--expose-gc", exercise], {
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    env: {
      ...process.env,
      PAHLEVAN_NATIVE: sanitizedAddon,
      LD_PRELOAD: runtime,
      ASAN_OPTIONS: "detect_leaks=1:fast_unwind_on_malloc=0:malloc_context_size=12",
      UBSAN_OPTIONS: "print_stacktrace=1",
      // Nobody's build, and no test runner's hooks, in the child.
      NODE_OPTIONS: "",
    },
  });
  expect(`${child.stdout}${child.stderr}`).toContain("exercised\n");
  expect(child.stderr).not.toMatch(/ERROR: AddressSanitizer|runtime error:/);
  expect(leaksOfOurs(child.stderr)).toEqual([]);
  expect(child.stderr).toContain("LeakSanitizer: detected memory leaks"); // Node's: it looked
});
