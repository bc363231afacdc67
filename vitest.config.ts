/** Two kinds of tests: units run side by side; those that own the machine's kernel, one by one. */

import { defineConfig } from "vitest/config";

const kernel = ["test/{kernel,stack}/**/*.test.ts"];

export default defineConfig({
  // Not in node_modules: root runs the tests, and npm must be able to replace that folder.
  cacheDir: "build/vitest",
  test: {
    reporters: ["default", "./tools/count-reporter.ts"],
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["{core,agent,exporters,bpf,tools,test}/**/*.test.ts"],
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
          testTimeout: 120_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
});
