/**
 * Tells the kernel what is the guard's own: it then refuses it to containers and to who is held
 * (bpf/include/shield.h), also when this process is gone.
 */
import { readFileSync, statSync } from "node:fs";
import type { BpfLink, BpfMap } from "@pahlevan/native";
import { ownKeyLayout, ownObjectLayout, ownValues } from "../layout.gen.ts";
import { deviceOf, takenAlong } from "./mounts.ts";

type Sort = Exclude<keyof typeof ownValues, "max">;

export class Shield {
  readonly #own: BpfMap;

  /** `own`: the map `own_objects`. */
  constructor(own: BpfMap) {
    this.#own = own;
  }

  map(name: string, id: number): void {
    this.#add("map", BigInt(id), `pahlevan's map ${name}`);
  }

  program(name: string, id: number): void {
    this.#add("program", BigInt(id), `pahlevan's program ${name}`);
  }

  /** What was attached before 5.15 without a link has no number, and nobody can ask for it. */
  link(program: string, { id }: BpfLink): void {
    if (id !== 0) this.#add("link", BigInt(id), `pahlevan's link of ${program}`);
  }

  /** Before it is closed. */
  forgetLink({ id }: BpfLink): void {
    this.#own.delete(keyOf("link", BigInt(id)));
  }

  /** What lies in it, itself, and the mounts with which it would go. */
  folder(path: string): void {
    const { dev, ino } = statSync(path, { bigint: true });
    const device = deviceOf(dev);
    this.#add("folder", (BigInt(device.number) << 32n) | ino, path);
    for (const mounts of ["/proc/1/mountinfo", "/proc/self/mountinfo"])
      for (const id of takenAlong(contentOf(mounts), device)) this.#add("mount", BigInt(id), path);
  }

  #add(sort: Sort, id: bigint, name: string): void {
    const value = Buffer.alloc(ownObjectLayout.sizeBytes);
    value.write(name, ownObjectLayout.offset.name, ownObjectLayout.elements.name - 1);
    this.#own.update(keyOf(sort, id), value);
  }
}

function keyOf(sort: Sort, id: bigint): Buffer {
  const key = Buffer.alloc(ownKeyLayout.sizeBytes);
  key.writeBigUInt64LE(id, ownKeyLayout.offset.id);
  key.writeUInt32LE(ownValues[sort], ownKeyLayout.offset.sort);
  return key;
}

/** Of process 1 not everybody may read it. */
function contentOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
