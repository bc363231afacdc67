/** Debian's packages of any suite, by a private apt that leaves the machine's own untouched. */
import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const OUTPUT_LIMIT_BYTES = 64 << 20;

export interface Apt {
  /** Names of packages that begin with `prefix`. */
  names(prefix: string): Promise<string[]>;
  /** The packages that `name` cannot do without, alternatives left out. */
  dependencies(name: string): Promise<string[]>;
  /** Downloads the packages into `directory` and returns the paths of the .deb files. */
  download(names: string[], directory: string): Promise<string[]>;
  /** The same with all that they depend on, as if nothing were installed. */
  downloadWhole(names: readonly string[]): Promise<string[]>;
}

interface Source {
  mirror: string;
  signedBy: string | undefined;
}

/** The mirror that this machine takes its own Debian from. */
async function ownSource(): Promise<Source> {
  const { stdout } = await run("apt-get", [
    "indextargets",
    "--format",
    "$(REPO_URI) $(RELEASE) $(COMPONENT) $(SOURCESENTRY)",
    "Identifier: Packages",
  ]);
  const release = await readFile("/etc/os-release", "utf8");
  const codename = /^VERSION_CODENAME=(\w+)$/m.exec(release)?.[1];
  for (const line of stdout.split("\n")) {
    const [mirror, suite, component, entry] = line.split(" ");
    if (!mirror || !entry || suite !== codename || component !== "main") continue;
    if (!/^ID=debian$/m.test(release)) break;
    const text = await readFile(entry.replace(/:\d+$/, ""), "utf8");
    const signedBy = /signed-by\s*[:=]\s*(\/[^\s\]]+)/i.exec(text)?.[1];
    return { mirror, signedBy };
  }
  throw new Error(
    "fetching a Debian kernel: this machine's apt names no Debian mirror (apt-get indextargets); " +
      "run on Debian, or put the unpacked kernel into the cache",
  );
}

/** An apt whose lists, cache and sources all live in `directory` and know one suite only. */
export async function privateApt(suite: string, directory: string): Promise<Apt> {
  const { mirror, signedBy } = await ownSource();
  const paths = { sources: join(directory, "sources"), lists: join(directory, "lists") };
  for (const path of Object.values(paths)) await mkdir(join(path, "partial"), { recursive: true });
  await mkdir(join(directory, "cache/archives/partial"), { recursive: true });
  const source = ["Types: deb", `URIs: ${mirror}`, `Suites: ${suite}`, "Components: main"];
  if (signedBy) source.push(`Signed-By: ${signedBy}`);
  await writeFile(join(paths.sources, "debian.sources"), source.join("\n") + "\n");
  await writeFile(join(directory, "status"), "");

  const settings = [
    "Dir::Etc::sourcelist=/dev/null",
    `Dir::Etc::sourceparts=${paths.sources}`,
    `Dir::State::lists=${paths.lists}`,
    `Dir::State::status=${join(directory, "status")}`,
    `Dir::Cache=${join(directory, "cache")}`,
    "APT::Sandbox::User=root", // the cache may lie where the user _apt must not look
    "Acquire::Languages=none",
    "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false",
    "APT::Update::Post-Invoke-Success=", // no hooks of the machine's own apt
  ].flatMap((setting) => ["-o", setting]);
  const apt = async (tool: string, args: string[], cwd = directory): Promise<string> => {
    const { stdout } = await run(tool, [...settings, ...args], {
      cwd,
      maxBuffer: OUTPUT_LIMIT_BYTES,
    });
    return stdout;
  };
  await apt("apt-get", ["-qq", "update"]);

  return {
    names: async (prefix) => (await apt("apt-cache", ["pkgnames", prefix])).split("\n"),
    dependencies: async (name) => {
      const shown = await apt("apt-cache", ["show", "--no-all-versions", name]);
      const field = /^Depends: (.*)$/m.exec(shown)?.[1] ?? "";
      const needed = field.split(",").filter((part) => !part.includes("|"));
      return needed.map((part) => part.trim().replace(/ .*/, ""));
    },
    download: async (names, into) => {
      await apt("apt-get", ["-qq", "download", ...names], into);
      return packagesIn(into);
    },
    downloadWhole: async (names) => {
      const options = ["-qq", "-y", "--no-install-recommends", "--download-only"];
      await apt("apt-get", [...options, "install", ...names]);
      return packagesIn(join(directory, "cache/archives"));
    },
  };
}

async function packagesIn(directory: string): Promise<string[]> {
  const { stdout } = await run("find", [directory, "-name", "*.deb"]);
  return stdout.split("\n").filter(Boolean);
}
