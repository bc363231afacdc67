/**
 * The definitions of other tools' kinds, out of their own releases: fetched once, as Go modules.
 */
import { existsSync } from "node:fs";
import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import { cached, cacheRoot } from "../../kernel/vm/cache.ts";
import { missing, run } from "../containers/command.ts";

interface Release {
  readonly module: string;
  readonly version: string;
  /** Within the module. */
  readonly file: string;
}

/**
 * Tetragon's modules are not to be had: `tetragon-definition.ts` says what is known of its kind.
 */
const releases = {
  CiliumNetworkPolicy: {
    module: "github.com/cilium/cilium",
    version: "v1.20.2",
    file: "pkg/k8s/apis/cilium.io/client/crds/v2/ciliumnetworkpolicies.yaml",
  },
  KyvernoPolicy: {
    module: "github.com/kyverno/kyverno",
    version: "v1.19.1",
    file: "config/crds/kyverno/kyverno.io_policies.yaml",
  },
  /** Names the operators of conditions, which the definition leaves open. */
  KyvernoConditions: {
    module: "github.com/kyverno/kyverno",
    version: "v1.19.1",
    file: "api/kyverno/v1/common_types.go",
  },
  KubeArmorPolicy: {
    module: "github.com/kubearmor/KubeArmor/pkg/KubeArmorController",
    version: "v0.0.0-20260406102335-87edc770f8bf",
    file: "config/crd/bases/security.kubearmor.com_kubearmorpolicies.yaml",
  },
} as const satisfies Record<string, Release>;

const folder = (name: string, version: string) => `releases/${name}-${version}`;

/** Why this machine cannot have them, or undefined where it can. */
export async function definitionsMissing(): Promise<string | undefined> {
  const isThere = Object.entries(releases).every(([name, { version }]) =>
    existsSync(join(cacheRoot(), folder(name, version))),
  );
  return isThere ? undefined : missing("go");
}

export async function definitionOf(name: keyof typeof releases): Promise<object> {
  return z.record(z.string(), z.unknown()).parse(parse(await fileOf(name)));
}

export async function kyvernoOperators(): Promise<Set<string>> {
  const lines = (await fileOf("KyvernoConditions")).matchAll(/ConditionOperator\("(\w+)"\)/g);
  return new Set(Array.from(lines, ([, operator = ""]) => operator));
}

async function fileOf(name: keyof typeof releases): Promise<string> {
  const { module, version, file } = releases[name];
  const kept = await cached(folder(name, version), async (into) => {
    console.log(`fetching ${module} ${version} for ${file}: once`);
    const scratch = await mkdtemp(join(tmpdir(), "pahlevan-module-"));
    try {
      // Elsewhere than in a module, whose own requirements would be asked.
      const said = await run("go", ["mod", "download", "-json", `${module}@${version}`], {
        cwd: scratch,
      });
      const { Dir } = z.object({ Dir: z.string() }).parse(JSON.parse(said));
      await copyFile(join(Dir, file), join(into, basename(file)));
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  });
  return readFile(join(kept, basename(file)), "utf8");
}
