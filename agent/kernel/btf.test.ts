/** Arguments of tracepoints, read from types as the kernel writes them. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { preferred } from "../../tools/commands.ts";
import { Btf } from "./btf.ts";

let folder: string;
let btf: Btf;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "pahlevan-btf-"));
  const source = join(folder, "types.c");
  const object = join(folder, "types.o");
  const raw = join(folder, "types.btf");
  writeFileSync(
    source,
    `typedef unsigned char u8;
     struct io_kiocb { int opcode; };
     enum { FEW = 1 };
     union either { int a; long b[4]; };
     typedef void (*btf_trace_new)(void *, struct io_kiocb *, _Bool);
     typedef void (*btf_trace_old)(void *, const void *, u8, const struct io_kiocb *);
     union either e; volatile int v; btf_trace_new n; btf_trace_old o;`,
  );
  const clang = preferred("clang-16", "clang");
  execFileSync(clang, ["-g", "-O2", "-target", "bpf", "-c", source, "-o", object]);
  execFileSync(preferred("llvm-objcopy-16", "llvm-objcopy"), [
    "-O",
    "binary",
    "--only-section=.BTF",
    "--set-section-flags",
    ".BTF=alloc",
    object,
    raw,
  ]);
  btf = new Btf(readFileSync(raw));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test("types of arguments are spelled without const, and without the context before them", () => {
  expect(btf.tracepointArguments("new")).toEqual(["io_kiocb *", "_Bool"]);
  expect(btf.tracepointArguments("old")).toEqual(["void *", "u8", "io_kiocb *"]);
});

test("a tracepoint that is not there has none", () => {
  expect(btf.tracepointArguments("absent")).toBeUndefined();
});

test("bytes that are no BTF are refused", () => {
  expect(() => new Btf(new Uint8Array(64))).toThrow("does not begin as BTF does");
});
