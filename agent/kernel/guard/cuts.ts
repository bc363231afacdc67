/**
 * Cgroups that are cut off: programs on each drop what goes beyond loopback. What is pinned stays
 * so when this process is gone, as other links do.
 */
import { closeSync, constants, fstatSync, openSync } from "node:fs";
import type { BpfLink } from "@pahlevan/native";
import { cutPrograms } from "../hooks.ts";
import type { Pins } from "../pins.ts";
import type { Shield } from "./shield.ts";

export interface CutsOptions {
  readonly attach: (program: string, cgroup: string) => BpfLink;
  readonly shield: Pick<Shield, "link" | "forgetLink"> | undefined;
}

/** What ends with this process, or is not protected, and why. */
export interface Unkept {
  readonly program: string;
  readonly why: string;
}

interface Cut {
  readonly program: string;
  readonly link: BpfLink;
  isPinned: boolean;
}

export class Cuts {
  readonly #options: CutsOptions;
  readonly #cuts = new Map<bigint, readonly Cut[]>();
  #pins: Pick<Pins, "pin"> | undefined;
  #isClosed = false;

  constructor(options: CutsOptions) {
    this.#options = options;
  }

  has(cgroupId: bigint): boolean {
    return this.#cuts.has(cgroupId);
  }

  /**
   * What is below it is cut off with it. Throws, with nothing attached, where the directory is
   * another cgroup's by now or the kernel refuses. Twice does no harm.
   */
  cut(cgroupId: bigint, directory: string): readonly Unkept[] {
    if (this.#isClosed || this.#cuts.has(cgroupId)) return [];
    const cuts = this.#attached(cgroupId, directory);
    this.#cuts.set(cgroupId, cuts);
    return cuts.flatMap((cut) => [...this.#pinned(cgroupId, cut), ...this.#protected(cut)]);
  }

  /** What it sends and hears is no concern of ours any more. */
  lift(cgroupId: bigint): void {
    const cuts = this.#cuts.get(cgroupId) ?? [];
    this.#cuts.delete(cgroupId);
    for (const { link, isPinned } of cuts) {
      this.#options.shield?.forgetLink(link);
      try {
        if (isPinned) link.unpin();
      } finally {
        link.close();
      }
    }
  }

  /** What is cut off, and whatever will be. */
  pin(pins: Pick<Pins, "pin">): readonly Unkept[] {
    this.#pins = pins;
    return [...this.#cuts].flatMap(([cgroupId, cuts]) =>
      cuts.flatMap((cut) => this.#pinned(cgroupId, cut)),
    );
  }

  /** Lifts all that is not pinned; what is stays as it is. Events that come late change nothing. */
  close(): void {
    this.#isClosed = true;
    for (const { link } of [...this.#cuts.values()].flat()) link.close();
    this.#cuts.clear();
  }

  #attached(cgroupId: bigint, directory: string): readonly Cut[] {
    const cuts: Cut[] = [];
    const open = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      if (fstatSync(open, { bigint: true }).ino !== cgroupId)
        throw new Error(`${directory} is another cgroup by now`);
      for (const program of cutPrograms) {
        const link = this.#options.attach(program, `/proc/self/fd/${open}`);
        cuts.push({ program, link, isPinned: false });
      }
      return cuts;
    } catch (error) {
      for (const { link } of cuts) link.close();
      throw error;
    } finally {
      closeSync(open);
    }
  }

  #pinned(cgroupId: bigint, cut: Cut): readonly Unkept[] {
    const pins = this.#pins;
    if (pins === undefined || cut.isPinned) return [];
    return unkept(cut, () => {
      pins.pin(`${cut.program}-${cgroupId}`, cut.link);
      cut.isPinned = true;
    });
  }

  #protected(cut: Cut): readonly Unkept[] {
    return unkept(cut, () => this.#options.shield?.link(cut.program, cut.link));
  }
}

function unkept({ program }: Cut, keep: () => void): readonly Unkept[] {
  try {
    keep();
    return [];
  } catch (error) {
    return [{ program, why: error instanceof Error ? error.message : String(error) }];
  }
}
