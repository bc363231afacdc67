/** A real service: what its image is made of, how it is started, used and stopped. */

import type { Kernel } from "@pahlevan/core/policy/compile/kernel.ts";

/** Where a running one is found from its neighbour's side. */
export interface Site {
  /** Its first process, in the host's numbering. */
  readonly pid: number;
  /** Its root file system, as the host sees it. */
  readonly root: string;
}

/** One that hooks may keep: of it a kernel says how. */
export type KeptFacet = keyof Kernel["tiers"];

/** A hole of the service itself, by which an attacker makes it do his work. */
export interface Door {
  /** Each of these has to be broken for him to get through. */
  readonly facets: readonly KeptFacet[];
  /** Whether he got through. */
  readonly enter: () => Promise<boolean>;
}

export interface Workload {
  readonly name: string;
  /** Debian's, besides those of every image. */
  readonly packages: readonly string[];
  /** Users of its image besides root, with their numbers. */
  readonly users?: Readonly<Record<string, number>>;
  /** Files of its image, by path. */
  readonly files?: Readonly<Record<string, string>>;
  /** A script of the shell that runs in the image once, when that is built. */
  readonly prepare?: string;
  readonly args: readonly string[];
  /** Who its first process is; by default root. */
  readonly user?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Throws as long as it does not answer yet. */
  readonly answers: (site: Site) => Promise<void>;
  /** The same requests each time, to their end. Throws where an answer is not what it should be. */
  readonly load: (site: Site) => Promise<void>;
  readonly doors?: Readonly<Record<string, Door>>;
  /** What it is asked to end with; by default SIGTERM. */
  readonly stop?: NodeJS.Signals;
}

/** For loads: an answer that is not what it should be. */
export function expectAnswer(what: string, got: unknown, wanted: unknown): void {
  const [is, should] = [JSON.stringify(got), JSON.stringify(wanted)];
  if (is !== should) throw new Error(`${what}: ${is} instead of ${should}`);
}
