/** Builds at the same time, into the same folder: each succeeds, and nothing half-made is left. */
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";

const built = ["contract.bpf.o", "syscall_monitor.bpf.o", "tc_probe.bpf.o"];
let out = "";

beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), "pahlevan-build-"));
});
afterEach(() => rmSync(out, { recursive: true }));

/** Three of the objects: what goes wrong goes wrong with each. */
async function build(): Promise<void> {
  const targets = built.map((name) => join(out, name));
  const make = ["-C", import.meta.dirname, "-j2", `OUT=${out}`, ...targets];
  await promisify(execFile)("make", make);
}

test("builds at the same time do not disturb each other", async () => {
  await Promise.all([build(), build(), build()]);
  const dependencies = built.map((name) => name.replace(/\.o$/, ".d"));
  const made = readdirSync(out).filter((name) => name !== "bounded");
  expect(made.toSorted()).toEqual([...built, ...dependencies].toSorted());
});
