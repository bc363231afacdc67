/** Compiles the programs whose deeds the tests watch: static, so that they do nothing but those. */
import { globSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../stack/containers/command.ts";

const acts = join(import.meta.dirname, "../act");
const into = join(import.meta.dirname, "../../../build/test");

/** The one made of steps. */
export function buildAct(): Promise<string> {
  return buildStatic("act", acts);
}

/**
 * The path of the program of all that is in a folder. Compiled only when a source is newer: a VM
 * finds it made by the host.
 */
export async function buildStatic(name: string, sources: string): Promise<string> {
  const program = join(into, name);
  const built = statSync(program, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const files = globSync(join(sources, "*.{c,h}"));
  if (files.every((file) => statSync(file).mtimeMs < built)) return program;
  mkdirSync(into, { recursive: true });
  const flags = ["-O1", "-static", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror"];
  const units = files.filter((file) => file.endsWith(".c"));
  await run("gcc", [...flags, "-o", program, ...units]);
  return program;
}
