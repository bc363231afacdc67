/**
 * What memory has no room for, on disk: compressed files of one lane each, sent in their order, and
 * removed once their last record is done. Bounded; what is cut off or unreadable is counted.
 */
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { lanes, Outgoing, type Lane } from "../record.ts";

interface Segment {
  readonly file: string;
  readonly number: number;
  readonly lane: Lane;
  readonly records: number;
  readonly bytes: number;
}

/** Of text, before it is compressed to a tenth: as much as is held in memory of it. */
const segmentBytes = 1 << 20;
const middle = 500_000_000_000;

/** Records that had to go. */
export interface Gone {
  readonly lane: Lane;
  readonly records: number;
}

export class Spill {
  readonly #folder: string;
  readonly #mostBytes: number;
  readonly #segments: Record<Lane, Segment[]> = {
    decision: [],
    transition: [],
    anomaly: [],
    behaviour: [],
  };
  /** Their file is not written yet. */
  readonly #open: Record<Lane, { records: Outgoing[]; bytes: number }> = {
    decision: { records: [], bytes: 0 },
    transition: { records: [], bytes: 0 },
    anomaly: { records: [], bytes: 0 },
    behaviour: { records: [], bytes: 0 },
  };
  /** In memory, of whom the file is still there. */
  readonly #loaded = new Map<Lane, Segment>();
  #bytes = 0;
  /** Of files: later records have greater ones; what is put before others has smaller ones. */
  #last = middle;
  #first = middle;

  /** What an earlier run left is there again. Throws where the folder cannot be used. */
  constructor(folder: string, mostBytes: number) {
    this.#folder = folder;
    this.#mostBytes = mostBytes;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(folder).toSorted()) {
      const path = join(folder, name);
      const segment = segmentNamed(name, path);
      if (segment === undefined) {
        // Of one that was killed while it wrote it.
        if (name.endsWith(".part")) rmSync(path);
        continue;
      }
      this.#segments[segment.lane].push(segment);
      this.#bytes += segment.bytes;
      this.#last = Math.max(this.#last, segment.number);
      this.#first = Math.min(this.#first, segment.number - 1);
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  countOf(lane: Lane): number {
    const files = this.#segments[lane].reduce((sum, { records }) => sum + records, 0);
    return files + this.#open[lane].records.length;
  }

  /** Whether later ones of the lane have to come here, too: they would overtake. */
  has(lane: Lane): boolean {
    return this.#segments[lane].length > 0 || this.#open[lane].records.length > 0;
  }

  /** Who had to go for it; itself where better ones have all the room, or the disk has none. */
  put(record: Outgoing): readonly Gone[] {
    const open = this.#open[record.lane];
    open.records.push(record);
    open.bytes += record.sizeBytes;
    if (open.bytes < segmentBytes) return [];
    this.#open[record.lane] = { records: [], bytes: 0 };
    return this.#write(record.lane, open.records, ++this.#last);
  }

  /** Before the end: these, which are older than what is here, and all that waits for its file. */
  end(lane: Lane, older: readonly Outgoing[]): readonly Gone[] {
    const { records } = this.#open[lane];
    this.#open[lane] = { records: [], bytes: 0 };
    const gone = older.length > 0 ? this.#write(lane, older, this.#first--) : [];
    // Those of the loaded file that are not done are among the older ones.
    this.done(lane);
    return records.length > 0 ? [...gone, ...this.#write(lane, records, ++this.#last)] : gone;
  }

  /**
   * The oldest of a lane, into memory. Its file stays until `done`: who is killed meanwhile sends
   * them again.
   */
  load(lane: Lane): { readonly records: readonly Outgoing[]; readonly lost: number } {
    const segment = this.#segments[lane].shift();
    if (segment === undefined) {
      const { records } = this.#open[lane];
      this.#open[lane] = { records: [], bytes: 0 };
      return { records, lost: 0 };
    }
    this.#loaded.set(lane, segment);
    const records = recordsIn(segment.file);
    return { records, lost: Math.max(0, segment.records - records.length) };
  }

  /** All that was loaded of a lane is sent, or counted as dropped. */
  done(lane: Lane): void {
    const segment = this.#loaded.get(lane);
    if (segment === undefined) return;
    this.#loaded.delete(lane);
    this.#bytes -= segment.bytes;
    rmSync(segment.file, { force: true });
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #write(lane: Lane, records: readonly Outgoing[], number: number): readonly Gone[] {
    const compressed = zstdCompressSync(`${records.map(({ text }) => text).join("\n")}\n`);
    const gone = this.#makeRoom(lane, compressed.length);
    const all = { lane, records: records.length };
    if (this.#bytes + compressed.length > this.#mostBytes) return [...gone, all];
    const name = `${String(number).padStart(12, "0")}-${lane}-${records.length}.zst`;
    const file = join(this.#folder, name);
    try {
      writeFileSync(`${file}.part`, compressed, { mode: 0o600 });
      renameSync(`${file}.part`, file);
    } catch {
      rmSync(`${file}.part`, { force: true });
      return [...gone, all];
    }
    const segment = { file, number, lane, records: records.length, bytes: compressed.length };
    const at = this.#segments[lane].findIndex((other) => other.number > number);
    this.#segments[lane].splice(at < 0 ? this.#segments[lane].length : at, 0, segment);
    this.#bytes += compressed.length;
    return gone;
  }

  /** The oldest of the last lanes give way, never of a better one. */
  #makeRoom(lane: Lane, bytes: number): Gone[] {
    const dropped: Gone[] = [];
    for (const worse of lanes.slice(lanes.indexOf(lane) + 1).reverse()) {
      while (this.#bytes + bytes > this.#mostBytes) {
        const segment = this.#segments[worse].shift();
        if (segment === undefined) break;
        rmSync(segment.file, { force: true });
        this.#bytes -= segment.bytes;
        dropped.push({ lane: worse, records: segment.records });
      }
    }
    return dropped;
  }
}

function segmentNamed(name: string, file: string): Segment | undefined {
  const [, lane, records] = /^\d{12}-([a-z]+)-(\d+)\.zst$/.exec(name) ?? [];
  const known = lanes.find((each) => each === lane);
  if (known === undefined) return undefined;
  const number = Number(name.slice(0, 12));
  return { file, number, lane: known, records: Number(records), bytes: statSync(file).size };
}

/** Of a file that is cut or damaged: none. */
function recordsIn(file: string): Outgoing[] {
  try {
    const text = zstdDecompressSync(readFileSync(file)).toString();
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => {
        const record = new Outgoing(line);
        // Throws where it is none of ours: then the file counts as damaged.
        void record.lane;
        record.rest();
        return record;
      });
  } catch {
    return [];
  }
}
