/** At which functions of the kernel something is guarded: all but those of what nobody denies. */
import { expect, test } from "vitest";
import { callFunctions, functionsToGuard, readSymbols } from "./call-functions.ts";
import { systemCallNames } from "./names/names.ts";

const symbols = `ffffffff81000000 T _text
ffffffff81001000 T __x64_sys_newuname
0000000000000000 T __x64_sys_write
ffffffff81003000 t __x64_sys_setitimer.cold
ffffffff81004000 T __x64_sys_ni_syscall
ffffffff81004000 T __ia32_sys_write
ffffffff81005000 T __ia32_compat_sys_writev
ffffffff81006000 T __do_sys_write
ffffffff81007000 d __x64_sys_table
ffffffffc0000000 t __x64_sys_module\t[nfs]
`;
const numberOf = (call: string) =>
  Number(Object.entries(systemCallNames("x64").native).find(([, name]) => name === call)?.[0]);

test("of the kernel's symbols those that carry out a call", () => {
  expect(callFunctions(symbols, "x64")).toEqual([
    "__x64_sys_newuname",
    "__x64_sys_write",
    "__ia32_sys_write",
    "__ia32_compat_sys_writev",
  ]);
});

test("left out is what nobody denies, by its own name or the one that its function has", () => {
  const functions = callFunctions(symbols, "x64");
  const guarded = (denied: number[]) =>
    functionsToGuard(functions, (call) => denied.includes(call), "x64");
  const [write, uname] = [numberOf("write"), numberOf("uname")];
  expect(guarded([write, uname])).toEqual(functions);
  expect(guarded([write])).not.toContain("__x64_sys_newuname");
  expect(guarded([uname])).not.toContain("__x64_sys_write");
  expect(guarded([])).toEqual(["__ia32_sys_write", "__ia32_compat_sys_writev"]);
});

test("what no table names is guarded, whatever policies say", () => {
  expect(functionsToGuard(["__x64_sys_of_tomorrow"], () => false, "x64")).toHaveLength(1);
});

test("on another architecture there are none: the kernel is not asked for any", () => {
  expect(callFunctions(symbols, "riscv64")).toEqual([]);
});

test("this kernel has a function for nearly every call that it has a number for", () => {
  const functions = callFunctions(readSymbols());
  const left = functionsToGuard(functions, () => true);
  expect(left).toEqual(functions);
  const named = functions.length - functionsToGuard(functions, () => false).length;
  expect(named).toBeGreaterThan(300);
});
