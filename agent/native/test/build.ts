/** Builds what the tests need, however many test files run at a time; import it first. */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { built } from "./outputs.ts";

export { program } from "./outputs.ts";

const native = fileURLToPath(new URL("..", import.meta.url));

/** Runs make for these targets while no other test file does. */
export function build(...targets: string[]): void {
  mkdirSync(built, { recursive: true });
  const make = ["make", "--no-print-directory", "-s", "-j2", "-C", native, ...targets];
  execFileSync("flock", [`${built}.lock`, ...make], { stdio: ["ignore", "ignore", "inherit"] });
}

build("all", "test-programs");
