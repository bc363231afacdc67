/** Other people's Java servers, from Maven: a folder with a pom and a main each, got once. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cached, cacheRoot } from "../kernel/vm/cache.ts";
import { missing, run } from "./containers/command.ts";

/** The folder's name, and the main's. */
export interface JavaProgram {
  readonly folder: "exporters/opensearch";
  readonly main: "OpenSearch";
}

/** Of a test that may be the first to need one, on a machine with cold caches. */
export const GOT_WITHIN_MS = 10 * 60_000;

const place = ({ folder }: JavaProgram) => join(import.meta.dirname, folder);

/** By all that it is made of. */
function kept(program: JavaProgram): string {
  const hash = createHash("sha256");
  for (const file of ["pom.xml", `${program.main}.java`])
    hash.update(readFileSync(join(place(program), file)));
  return `java/${program.main}-${hash.digest("hex").slice(0, 12)}`;
}

/** Why this machine cannot have it, or undefined where it can. */
export function javaProgramMissing(program: JavaProgram): Promise<string | undefined> {
  const isThere = existsSync(join(cacheRoot(), kept(program)));
  return isThere ? missing("java") : missing("java", "javac", "mvn");
}

/** The arguments that `java` takes before the program's own. */
export async function javaProgram(program: JavaProgram): Promise<readonly string[]> {
  const folder = await cached(kept(program), async (into) => {
    console.log(`getting test/stack/${program.folder} with Maven: once, a minute`);
    const lib = join(into, "lib");
    const options = { cwd: place(program), timeoutMs: GOT_WITHIN_MS };
    const copy = "dependency:copy-dependencies";
    await run("mvn", ["-q", "-B", copy, `-DoutputDirectory=${lib}`], options);
    const main = `${program.main}.java`;
    await run("javac", ["-cp", join(lib, "*"), "-d", join(into, "main"), main], options);
  });
  const classes = [join(folder, "main"), join(folder, "lib", "*")].join(":");
  return ["-Xmx512m", "-cp", classes, program.main];
}
