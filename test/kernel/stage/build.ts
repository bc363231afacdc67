/** Compiles the program whose steps the tests watch: static, so that it does nothing but those. */
import { globSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../stack/containers/command.ts";

const sources = join(import.meta.dirname, "../act");
const into = join(import.meta.dirname, "../../../build/test");

/** Its path. Compiled only when a source is newer: a VM finds it made by the host. */
export async function buildAct(): Promise<string> {
  const program = join(into, "act");
  const built = statSync(program, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const files = globSync(join(sources, "*.{c,h}"));
  if (files.every((file) => statSync(file).mtimeMs < built)) return program;
  mkdirSync(into, { recursive: true });
  const flags = ["-O1", "-static", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror"];
  const units = files.filter((file) => file.endsWith(".c"));
  await run("gcc", [...flags, "-o", program, ...units]);
  return program;
}
