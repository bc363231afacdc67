/** Ends a test run with the line `N passed, N failed, N skipped`; in CI a skipped test fails it. */

import type { Reporter, SerializedError, TestModule } from "vitest/node";

interface Counts {
  passed: number;
  failed: number;
  skipped: string[];
}

/** A file that did not load, and an error outside any test, count as one failure each. */
function count(modules: readonly TestModule[], strays: readonly SerializedError[]): Counts {
  const counts: Counts = { passed: 0, failed: strays.length, skipped: [] };
  for (const module of modules) {
    let failedTests = 0;
    for (const test of module.children.allTests()) {
      const result = test.result();
      if (result.state === "passed") counts.passed += 1;
      else if (result.state === "failed") failedTests += 1;
      else {
        const note = result.state === "skipped" ? result.note : undefined;
        counts.skipped.push(
          `${module.relativeModuleId}: ${test.fullName}${note ? `: ${note}` : ""}`,
        );
      }
    }
    counts.failed += failedTests === 0 && module.state() === "failed" ? 1 : failedTests;
  }
  return counts;
}

/** @public vitest.config.ts names this file. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], strays: readonly SerializedError[]): void {
    const { passed, failed, skipped } = count(modules, strays);
    const inCi = process.env["CI"] === "true";
    // At exit, because vitest still has things to say after its run has ended.
    process.once("exit", () => {
      for (const name of skipped) process.stdout.write(`skipped ${name}\n`);
      if (skipped.length > 0 && inCi) {
        process.stdout.write("in CI nothing may be skipped: this run counts as failed\n");
      }
      process.stdout.write(`${passed} passed, ${failed} failed, ${skipped.length} skipped\n`);
      if (failed > 0 || (inCi && skipped.length > 0)) process.exitCode = 1;
    });
  }
}
