/**
 * The tables hold what this machine's own kernel headers say, and numbers beyond them stay numbers.
 */
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { defines, enumerators } from "./generate.ts";
import * as tables from "./names.gen.ts";
import * as names from "./names.ts";

const machine = process.arch === "arm64" ? "aarch64" : "x86_64";
const headers = "/usr/include";
const unistd = `${headers}/${machine}-linux-gnu/asm/unistd_64.h`;

test.skipIf(!existsSync(unistd) || process.arch !== "x64")(
  "system calls are those of the machine's headers (linux-libc-dev)",
  () => {
    expect(tables.syscallsX64).toMatchObject(defines(readFileSync(unistd, "utf8"), "__NR_"));
  },
);

test.skipIf(!existsSync(`${headers}/linux/bpf.h`))(
  "bpf commands, capabilities and io_uring operations are those of the machine's headers",
  () => {
    const header = (name: string) => readFileSync(`${headers}/linux/${name}.h`, "utf8");
    expect(tables.bpfCommands).toMatchObject(enumerators(header("bpf"), "bpf_cmd"));
    expect(tables.ringOperations).toMatchObject(enumerators(header("io_uring"), "io_uring_op"));
    expect(tables.capabilities).toMatchObject(defines(header("capability"), "CAP_", "CAP_"));
  },
);

test("numbers have names on each architecture, and another for 32-bit programs", () => {
  expect(names.syscallName(59, false, "x64")).toBe("execve");
  expect(names.syscallName(11, true, "x64")).toBe("execve (32-bit, unless x32)");
  expect(names.syscallName(221, false, "arm64")).toBe("execve");
  expect(names.syscallName(11, true, "arm64")).toBe("execve (32-bit)");
  expect(names.syscallName(462, false, "x64")).toBe("mseal");
});

test("what no table knows is shown as its number", () => {
  expect(names.syscallName(999, false)).toBe("syscall_999");
  expect(names.syscallName(511, true, "x64")).toBe("syscall_511 (32-bit, unless x32)");
  expect(names.syscallName(1, false, "riscv64")).toBe("syscall_1");
  expect(names.capabilityName(63)).toBe("CAP_63");
  expect(names.bpfCommandName(900)).toBe("BPF_900");
  expect(names.ringOperationName(127)).toBe("IORING_OP_127");
  expect(names.questionTypeName(65_280)).toBe("TYPE65280");
  expect(names.protocolName(200)).toBe("protocol_200");
});

test("an alias does not shift the numbers behind it", () => {
  const header = "enum few {\n A,\n B, /* two, of course */\n B_TOO = B,\n C,\n __MAX,\n};";
  expect(enumerators(header, "few")).toEqual({ 0: "A", 1: "B", 2: "C" });
});
