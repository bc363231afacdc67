/** The TypeScript view of the C records cannot drift from them. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { generatedFile, renderLayout } from "./layout.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pahlevan-layout-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A copy of the contract, with the record's header changed, compiled as the Makefile does. */
function compiled(change: (header: string) => string, object = "sense.bpf.o"): string {
  cpSync(join(here, "include"), join(folder, "include"), { recursive: true });
  for (const file of ["Makefile", "contract.bpf.c", "cgroup_monitor.bpf.c", "layout.ts"])
    cpSync(join(here, file), join(folder, file));
  const header = join(folder, "include/records.h");
  writeFileSync(header, change(readFileSync(header, "utf8")));
  const out = join(folder, "out");
  execFileSync("make", ["-C", folder, `OUT=${out}`, `${out}/${object}`], { stdio: "pipe" });
  return join(out, object);
}

test("the committed layout is what the contract compiles to", () => {
  expect(renderLayout(compiled((header) => header))).toBe(readFileSync(generatedFile, "utf8"));
});

test("a field that is inserted into a struct moves the offsets of those behind it", () => {
  const before = renderLayout(compiled((header) => header));
  const after = renderLayout(
    compiled((header) =>
      header
        .replace(
          "__u64 cgroup_id;\n\t__u64 start_ns;",
          "__u64 cgroup_id;\n\t__u64 added;\n\t__u64 start_ns;",
        )
        .replace("sizeof(struct record) == 208", "sizeof(struct record) == 216"),
    ),
  );
  expect(before).toContain("    start_ns: 16,");
  expect(after).toContain("    added: 16,\n    start_ns: 24,");
  expect(after).toContain("sizeBytes: 216,");
});

test("a new kind before others renumbers them", () => {
  const after = renderLayout(
    compiled((header) => header.replace("\tKIND_FORK,", "\tKIND_NOVEL,\n\tKIND_FORK,")),
  );
  expect(after).toContain("  novel: 3,\n  fork: 4,");
});

test("a type that is not in the object is named", () => {
  const object = compiled((header) => header, "cgroup_monitor.bpf.o");
  expect(() => renderLayout(object)).toThrow(/no struct rule_key in its BTF/);
});
