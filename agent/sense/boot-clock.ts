/** From the kernel's clock (nanoseconds since boot, sleep included) to the wall's. */
import { readFileSync } from "node:fs";

/**
 * Below this, /proc/uptime's own rounding explains the difference, and the machine has never slept.
 */
const neverSleptNs = 20_000_000n;
/** Smaller corrections would only let times jitter. */
const stepNs = 5_000_000n;

export interface ClockReadings {
  /** CLOCK_MONOTONIC: does not count sleep. */
  readonly monotonicNs: bigint;
  /** /proc/uptime, in hundredths of a second; counts sleep. */
  readonly uptimeNs: bigint;
  readonly wallMs: number;
}

export class BootClock {
  readonly #read: () => ClockReadings;
  #offsetNs = 0n;

  constructor(read: () => ClockReadings = readClocks) {
    this.#read = read;
    this.correct();
  }

  /** Nanoseconds since boot, now. */
  now(): bigint {
    return bootNow(this.#read());
  }

  wall(bootNs: bigint): bigint {
    return bootNs + this.#offsetNs;
  }

  /** The wall clock may be set while we run: call this now and then. */
  correct(): void {
    const readings = this.#read();
    const offsetNs = BigInt(readings.wallMs) * 1_000_000n - bootNow(readings);
    const byNs = offsetNs - this.#offsetNs;
    if (byNs > stepNs || byNs < -stepNs) this.#offsetNs = offsetNs;
  }
}

function bootNow({ monotonicNs, uptimeNs }: ClockReadings): bigint {
  const sleptNs = uptimeNs - monotonicNs;
  return sleptNs < neverSleptNs ? monotonicNs : uptimeNs;
}

function readClocks(): ClockReadings {
  const [seconds = "0", hundredths = "0"] =
    readFileSync("/proc/uptime", "utf8").split(" ")[0]?.split(".") ?? [];
  return {
    monotonicNs: process.hrtime.bigint(),
    uptimeNs: BigInt(seconds) * 1_000_000_000n + BigInt(hundredths) * 10_000_000n,
    wallMs: Date.now(),
  };
}

/** RFC 3339 with nanoseconds: 2026-11-21T10:28:30.123456789Z */
export function rfc3339(wallNs: bigint): string {
  const milliseconds = Number(wallNs / 1_000_000n);
  const rest = (wallNs % 1_000_000n).toString().padStart(6, "0");
  return `${new Date(milliseconds).toISOString().slice(0, -1)}${rest}Z`;
}
