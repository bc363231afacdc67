/** Where a process may be killed: everywhere that something of it is on disk, or in the kernel. */

export const crashPoints = [
  /** Its sender hears nothing, and sends it again. */
  "before a signal is stored",
  "before its sender is told",
  "while starting",
  "signals read",
  "reduced",
  /** Of a transaction there is nothing then. */
  "while saving",
  "saved",
  "kernel written in part",
  "kernel written",
  "told",
] as const;
export type CrashPoint = (typeof crashPoints)[number];

export class Crash extends Error {}

/** Kills at one point, when it is reached for the n-th time from now on. */
export class Killer {
  readonly kills = new Map<CrashPoint, number>();
  #armed: { readonly point: CrashPoint; times: number } | undefined;

  arm(point: CrashPoint, times: number): void {
    this.#armed = { point, times };
  }

  disarm(): void {
    this.#armed = undefined;
  }

  /** `last`: what is done half before. */
  at(point: CrashPoint, last?: () => void): void {
    if (this.#armed?.point !== point || --this.#armed.times > 0) return;
    this.#armed = undefined;
    this.kills.set(point, (this.kills.get(point) ?? 0) + 1);
    last?.();
    throw new Crash(point);
  }
}
