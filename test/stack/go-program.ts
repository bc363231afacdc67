/** Other tools' own code, in small Go programs: a folder each, built once, kept elsewhere. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { cached, cacheRoot } from "../kernel/vm/cache.ts";
import { missing, run } from "./containers/command.ts";

/** The folder, which ends with the program's name. */
type Name =
  | "exporters/collector"
  | "exporters/loki"
  | "exporters/s3/s3-gateway"
  | "exports/api-server"
  | "exports/cilium"
  | "exports/kyverno"
  | "grafana";

/** Of a test that may be the first to need one, on a machine with cold caches. */
export const BUILT_WITHIN_MS = 30 * 60_000;

const place = (name: Name) => join(import.meta.dirname, name);

/** By all that it is made of: what another program was built of lies beside it. */
function kept(name: Name): string {
  const hash = createHash("sha256");
  for (const file of ["main.go", "go.mod", "go.sum"]) {
    hash.update(readFileSync(join(place(name), file)));
  }
  return `go/${basename(name)}-${hash.digest("hex").slice(0, 12)}`;
}

/** Why this machine cannot have it, or undefined where it can. */
export async function goProgramMissing(name: Name): Promise<string | undefined> {
  return existsSync(join(cacheRoot(), kept(name))) ? undefined : missing("go");
}

/** The version of a module that a program is made with. */
export function versionIn(name: Name, module: string): string {
  const lines = readFileSync(join(place(name), "go.mod"), "utf8").split("\n");
  const line = lines.find((each) => each.replace("require", "").trim().startsWith(`${module} v`));
  const [, version] = line?.trim().split(" v") ?? [];
  if (version === undefined) throw new Error(`${name} is not made with ${module}`);
  return version;
}

export async function goProgram(name: Name, linking = ""): Promise<string> {
  const folder = await cached(kept(name), async (into) => {
    console.log(`building test/stack/${name} with Go: once, minutes`);
    const flags = ["-trimpath", `-ldflags=-s -w ${linking}`];
    await run("go", ["build", ...flags, "-o", join(into, basename(name)), "."], {
      cwd: place(name),
      env: { CGO_ENABLED: "0" },
      timeoutMs: 25 * 60_000,
    });
  });
  return join(folder, basename(name));
}
