/** Metrics on their way: all since the start, or what came since the peer last took them. */
import type { Snapshot } from "../metrics/snapshot.ts";
import type { Memory } from "../sink.ts";
import type { Channel } from "./channel.ts";
import { Base } from "./delta.ts";
import { hasPoints, metricOf, windowOf } from "./metric-data.ts";
import type { Source } from "./shapes.ts";

/** In a sink's memory: of which start the peer has had the counters' beginning. */
const begunKey = "delta-since";

export class MetricsTeller {
  readonly #channel: Channel;
  readonly #source: Source;
  /** Undefined: all is told each time. */
  readonly #memory: Memory | undefined;
  #base: Base | undefined;

  constructor(channel: Channel, source: Source, memory: Memory | undefined) {
    this.#channel = channel;
    this.#source = source;
    this.#memory = memory;
  }

  async tell(snapshot: Snapshot, signal: AbortSignal): Promise<void> {
    const base = this.#baseFor(snapshot);
    const window = windowOf(snapshot, base);
    const metrics = snapshot.metrics.filter(hasPoints);
    const told = await this.#channel.carry(
      (by) => by.metrics.write(this.#source, metrics, (one) => metricOf(one, window, base)),
      signal,
    );
    if (told.is !== "taken") throw new Error(told.why);
    this.#keep(snapshot);
    if (told.rejected > 0)
      throw new Error(`it took all but ${told.rejected} data points: ${told.says}`);
  }

  /**
   * The first one tells all since the agent's start, unless a sink before this one has (settings
   * were changed): then it tells nothing, because nobody knows how far that one came.
   */
  #baseFor(snapshot: Snapshot): Base | undefined {
    if (this.#memory === undefined) return undefined;
    if (this.#base !== undefined) return this.#base;
    const isBegun = this.#memory.get(begunKey) === String(snapshot.sinceMs);
    return isBegun ? Base.of(snapshot) : Base.nothing(snapshot.sinceMs);
  }

  #keep(snapshot: Snapshot): void {
    if (this.#memory === undefined) return;
    this.#base = Base.of(snapshot);
    this.#memory.set(begunKey, String(snapshot.sinceMs));
  }
}
