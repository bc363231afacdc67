/**
 * The list of containers that podman and CRI-O keep on disk (containers/storage): names and images
 * without a socket.
 */
import { join } from "node:path";
import { readBounded } from "./bounded-file.ts";
import { list, parseJson, text } from "./json.ts";
import type { ContainerFacts, ContainerQuestion, MetadataSource } from "./source.ts";

export const usualStorageFiles: readonly string[] = [
  "/var/lib/containers/storage/overlay-containers/containers.json",
  "/run/containers/storage/overlay-containers/volatile-containers.json",
];

export function containersStorageSource(
  files: readonly string[] = usualStorageFiles,
): MetadataSource {
  return {
    name: "containers-storage",
    applies: ({ id, uid }) => id !== undefined && uid === undefined,
    async find({ id = "" }: ContainerQuestion) {
      for (const file of files) {
        const content = await readBounded(join(file));
        if (content === undefined) continue;
        const record = list(parseJson(content)).find((entry) => text(entry, "id") === id);
        if (record !== undefined) return factsOf(id, record);
      }
      return undefined;
    },
  };
}

/** `metadata` is JSON within JSON; podman and CRI-O write it alike, and CRI-O adds the pod. */
function factsOf(id: string, record: unknown): ContainerFacts {
  const metadata = parseJson(text(record, "metadata") || "{}");
  const podName = text(metadata, "pod-name");
  const firstName = list(record, "names")[0];
  return {
    id,
    name:
      text(metadata, "container-name") ||
      text(metadata, "name") ||
      (typeof firstName === "string" ? firstName : ""),
    image: text(metadata, "image-name"),
    runtime: podName === "" ? "podman" : "cri-o",
    labels: {},
    final: false, // The labels are known to the runtime only.
  };
}
