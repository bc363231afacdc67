/** Which row a service is held to from its first moment, by the path of its cgroup. */
import type { BpfMap } from "@pahlevan/native";
import { again } from "../again.ts";
import { number32 } from "../bootstrap.ts";
import { limitValues } from "../layout.gen.ts";

/** What the guard asks of them. */
export interface BoundPaths {
  /** Throws where the kernel has no room for it. */
  put(path: string, row: number): void;
  remove(path: string): void;
  /** All that the kernel holds, with the row of each. */
  all(): ReadonlyMap<string, number>;
}

const pathBytes = limitValues.bound_path;

type PathMap = Pick<BpfMap, "update" | "delete" | "entries"> & {
  readonly info: Pick<BpfMap["info"], "maxEntries">;
};

export class KernelBoundPaths implements BoundPaths {
  readonly #map: PathMap;

  constructor(map: PathMap) {
    this.#map = map;
  }

  put(path: string, row: number): void {
    const key = keyOf(path);
    again(() => this.#map.update(key, number32(row)));
  }

  remove(path: string): void {
    if (Buffer.byteLength(path) <= pathBytes) again(() => this.#map.delete(keyOf(path)));
  }

  all(): ReadonlyMap<string, number> {
    const { count, keys, values } = again(() => this.#map.entries(this.#map.info.maxEntries));
    const rows = Buffer.from(values);
    return new Map(
      Array.from({ length: count }, (_, index) => {
        const key = Buffer.from(keys.subarray(index * pathBytes, (index + 1) * pathBytes));
        return [pathIn(key), rows.readUInt32LE(index * 4)] as const;
      }),
    );
  }
}

function keyOf(path: string): Buffer {
  const bytes = Buffer.byteLength(path);
  if (bytes > pathBytes)
    throw new Error(`the path of its cgroup takes ${bytes} bytes, of ${pathBytes}: ${path}`);
  const key = Buffer.alloc(pathBytes);
  key.write(path);
  return key;
}

/** No NUL ends a path that takes all bytes. */
function pathIn(key: Buffer): string {
  const end = key.indexOf(0);
  return key.toString("utf8", 0, end < 0 ? key.length : end);
}
