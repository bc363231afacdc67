/**
 * Three kinds of tests: units run side by side, then VMs, then those that own the machine's kernel,
 * one by one.
 */
import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { PATIENCE_MS } from "./test/patience.ts";

const kernel = ["test/{kernel,stack}/**/*.test.ts"];
const vm = ["test/**/*.vm.test.ts"];

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
          exclude: [...kernel, ...vm],
          maxWorkers: "100%",
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: "vm",
          include: vm,
          // Each takes a processor, and 3 GB.
          maxWorkers: Math.min(availableParallelism(), 4),
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: "kernel",
          include: kernel,
          exclude: vm,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
