/** Other tools' own code, in small Go programs: a folder each, built once, kept elsewhere. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { cached, cacheRoot } from "../kernel/vm/cache.ts";
import { missing, run } from "./containers/command.ts";

/** By all that it is made of. */
function kept(folder: string): string {
  const hash = createHash("sha256");
  for (const file of ["main.go", "go.mod", "go.sum"]) {
    hash.update(readFileSync(join(folder, file)));
  }
  return `go/${basename(folder)}-${hash.digest("hex").slice(0, 12)}`;
}

/** Why this machine cannot have it, or undefined where it can. */
export async function goProgramMissing(folder: string): Promise<string | undefined> {
  return existsSync(join(cacheRoot(), kept(folder))) ? undefined : missing("go");
}

export async function goProgram(folder: string): Promise<string> {
  const name = basename(folder);
  const made = await cached(kept(folder), async (into) => {
    console.log(`building ${name} with Go: once, minutes`);
    await run("go", ["build", "-trimpath", "-ldflags=-s -w", "-o", join(into, name), "."], {
      cwd: folder,
      env: { CGO_ENABLED: "0" },
      timeoutMs: 25 * 60_000,
    });
  });
  return join(made, name);
}
