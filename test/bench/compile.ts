/** Compiles a benchmark's own BPF program, when it changed. */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { basename, join } from "node:path";

const native = join(import.meta.dirname, "../../agent/native");
const into = join(import.meta.dirname, "../../build/bench");

/** `source`: its place in this folder, e.g. "host/empty.bpf.c". Returns where the object is. */
export function compileBpf(source: string): string {
  mkdirSync(into, { recursive: true });
  const object = join(into, basename(source).replace(/\.c$/, ".o"));
  const from = join(import.meta.dirname, source);
  execFileSync("make", ["-s", "-C", native, "program", `SOURCE=${from}`, `OBJECT=${object}`]);
  return object;
}
