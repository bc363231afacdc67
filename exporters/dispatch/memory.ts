/** What a sink remembers over restarts: a small file, written a moment after a change. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Memory } from "../sink.ts";

/** Of both: the oldest go. An incident takes some 500 bytes. */
const mostEntries = 2_000;
const mostBytes = 2 << 20;
const writeAfterMs = 500;

export class FileMemory implements Memory {
  readonly #file: string | undefined;
  readonly #complain: (says: string) => void;
  readonly #entries = new Map<string, string>();
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  /** Without a file it ends with the process. */
  constructor(file: string | undefined, complain: (says: string) => void) {
    this.#file = file;
    this.#complain = complain;
    for (const [key, value] of file === undefined ? [] : entriesIn(file)) this.#put(key, value);
  }

  get(key: string): string | undefined {
    return this.#entries.get(key);
  }

  set(key: string, value: string): void {
    if (this.#entries.get(key) === value) return;
    this.#put(key, value);
    this.#writeSoon();
  }

  delete(key: string): void {
    if (!this.#take(key)) return;
    this.#writeSoon();
  }

  entries(): Iterable<readonly [key: string, value: string]> {
    return [...this.#entries];
  }

  close(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#write();
  }

  #put(key: string, value: string): void {
    this.#take(key);
    this.#entries.set(key, value);
    this.#bytes += key.length + value.length;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= mostEntries && this.#bytes <= mostBytes) break;
      this.#take(oldest);
    }
  }

  #take(key: string): boolean {
    const value = this.#entries.get(key);
    if (value === undefined) return false;
    this.#bytes -= key.length + value.length;
    return this.#entries.delete(key);
  }

  #writeSoon(): void {
    if (this.#file === undefined) return;
    this.#timer ??= setTimeout(() => this.#write(), writeAfterMs).unref();
  }

  #write(): void {
    this.#timer = undefined;
    const file = this.#file;
    if (file === undefined) return;
    try {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      writeFileSync(`${file}.part`, JSON.stringify([...this.#entries]), { mode: 0o600 });
      renameSync(`${file}.part`, file);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#complain(`forgets at the next start what it remembers: ${why}`);
    }
  }
}

/** What is no such file is none. */
function entriesIn(file: string): readonly (readonly [string, string])[] {
  try {
    const read: unknown = JSON.parse(readFileSync(file, "utf8"));
    return Array.isArray(read) ? read.filter(isEntry) : [];
  } catch {
    return [];
  }
}

function isEntry(value: unknown): value is readonly [string, string] {
  return (
    Array.isArray(value) && value.length === 2 && value.every((one) => typeof one === "string")
  );
}
