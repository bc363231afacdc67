/**
 * How much of a workload's steady life was watched whole: the windows of time in which at least one
 * instance was steady, had been watched from its start, and had lost nothing.
 */
import { completes, type Instance } from "./instance.ts";

/** From the first window to the last one, both included. */
interface Span {
  readonly from: number;
  to: number;
}

/**
 * Replicas at the same time share one window: what makes one of them do something new (a timer, a
 * client, a failing peer) tends to make all of them, so ten replicas are not ten samples.
 */
export class Watched {
  readonly #spans: Span[] = [];
  readonly #windowMs: number;
  readonly windows: number;

  constructor(instances: Iterable<Instance>, windowMs: number, sinceMs = 0) {
    this.#windowMs = windowMs;
    const lives: Span[] = [];
    for (const instance of instances) {
      if (!completes(instance) || instance.watchedToMs < sinceMs) continue;
      const { steadySinceMs, watchedToMs } = instance;
      // A start is another sort of time: it tells nothing of what comes after. A life that is too
      // short to become steady (a job's) is one sample, however long it took.
      const fromMs = Math.min(steadySinceMs ?? watchedToMs, watchedToMs);
      const from = this.windowOf(Math.max(fromMs, sinceMs));
      lives.push({ from, to: this.windowOf(watchedToMs) });
    }
    for (const life of lives.sort((a, b) => a.from - b.from)) {
      const last = this.#spans.at(-1);
      if (last === undefined || life.from > last.to + 1) this.#spans.push({ ...life });
      else last.to = Math.max(last.to, life.to);
    }
    this.windows = this.until(Infinity);
  }

  windowOf(atMs: number): number {
    return Math.floor(atMs / this.#windowMs);
  }

  /** Windows watched up to this one, it included. */
  until(window: number): number {
    return this.#spans.reduce(
      (sum, { from, to }) => sum + Math.max(0, Math.min(to, window) - from + 1),
      0,
    );
  }
}
