/** Instruction counting tells an agent that costs from one that does not. */
import { beforeAll, describe, expect, test } from "vitest";
import { run, type Result } from "../../bench/instructions/instructions.ts";
import { vmUnavailable } from "./vm.ts";

const missing = vmUnavailable();
const TRACING = "/sys/kernel/tracing/events/raw_syscalls/sys_enter/enable";

describe.skipIf(missing !== undefined)(`counting${missing ? ` (${missing})` : ""}`, () => {
  let results: Result[];
  const of = (operation: string): Result | undefined =>
    results.find(({ name }) => name.startsWith(operation));

  beforeAll(async () => {
    const command = ["sh", "-c", `echo 1 >${TRACING}; echo I am ready; exec sleep 1000`];
    results = await run({ kernels: ["6.1"], agent: { command, ready: "ready" } });
  }, 900_000);

  test("puts the cost of tracing every syscall on the cheapest one, over budget", () => {
    expect(of("getppid")).toMatchObject({ ok: false, unit: "%" });
    expect(of("getppid")?.value).toBeGreaterThan(20);
    expect(of("getppid")?.detail).toContain("over budget");
  });
  test("finds the same traces within budget beside an execve", () => {
    expect(of("vfork+execve+wait")?.value).toBeLessThan(3);
  });
});
