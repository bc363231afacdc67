/** Two kinds of tests: units run side by side; those that own the machine's kernel, one by one. */

import { defineConfig } from "vitest/config";
import { PATIENCE_MS } from "./test/patience.ts";

const kernel = ["test/{kernel,stack}/**/*.test.ts"];

export default defineConfig({
  // Not in node_modules: root runs the tests, and npm must be able to replace that folder.
  cacheDir: "build/vitest",
  test: {
    reporters: ["default", "./tools/count-reporter.ts"],
    // For tests that hang. No test fails because the machine is busy.
    testTimeout: 2.5 * PATIENCE_MS,
    hookTimeout: 5 * PATIENCE_MS,
    expect: { poll: { timeout: PATIENCE_MS } },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["{core,agent,exporters,signals,dashboards,bpf,tools,test}/**/*.test.ts"],
          exclude: kernel,
          maxWorkers: "100%",
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: "kernel",
          include: kernel,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
