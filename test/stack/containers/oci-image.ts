/** An OCI image as a tar, made by hand from a root file system, for `ctr images import`. */
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { arch, tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./command.ts";
import { makeRootfs } from "./rootfs.ts";

/** Writes `tarPath`: an image of that name, one busybox layer, whose command waits. */
export async function makeImage(
  tarPath: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "pahlevan-image-"));
  try {
    const rootfs = join(folder, "rootfs");
    await makeRootfs(rootfs);
    const layout = join(folder, "layout");
    await mkdir(join(layout, "blobs/sha256"), { recursive: true });

    const layerTar = join(folder, "layer.tar");
    await run("tar", ["--numeric-owner", "-C", rootfs, "-cf", layerTar, "."]);
    const layer = await addBlob(layout, await readFile(layerTar));
    const platform = { architecture: arch() === "x64" ? "amd64" : arch(), os: "linux" };
    const config = await addJson(layout, {
      ...platform,
      config: { Cmd: ["/bin/sleep", "1000000"], Env: ["PATH=/bin"], Labels: labels },
      // The layer is not compressed, so its digest is the difference's too.
      rootfs: { type: "layers", diff_ids: [layer.digest] },
    });
    const manifest = await addJson(layout, {
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config: { mediaType: "application/vnd.oci.image.config.v1+json", ...config },
      layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar", ...layer }],
    });
    await writeFile(join(layout, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
    await writeFile(
      join(layout, "index.json"),
      JSON.stringify({
        schemaVersion: 2,
        manifests: [
          {
            mediaType: "application/vnd.oci.image.manifest.v1+json",
            ...manifest,
            platform,
            annotations: {
              "io.containerd.image.name": name,
              "org.opencontainers.image.ref.name": name,
            },
          },
        ],
      }),
    );
    await run("tar", ["-C", layout, "-cf", tarPath, "."]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Blob {
  readonly digest: string;
  readonly size: number;
}

function addJson(layout: string, value: object): Promise<Blob> {
  return addBlob(layout, Buffer.from(JSON.stringify(value)));
}

async function addBlob(layout: string, content: Buffer): Promise<Blob> {
  const digest = createHash("sha256").update(content).digest("hex");
  await writeFile(join(layout, "blobs/sha256", digest), content);
  return { digest: `sha256:${digest}`, size: content.length };
}
