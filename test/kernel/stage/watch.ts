/**
 * The kernel's senses at work in a test: what they told so far, and waiting for what they will
 * tell.
 */
import { lstatSync } from "node:fs";
import { decode } from "@pahlevan/agent/kernel/decode.ts";
import { Sensors, type SensorsOptions } from "@pahlevan/agent/kernel/sensors.ts";
import { findHierarchy, type Hierarchy } from "@pahlevan/agent/workload/hierarchy.ts";
import type { KernelEvent } from "@pahlevan/core/behaviour/event.ts";
import { PATIENCE_MS } from "../../patience.ts";

export type WatchOptions = Partial<Omit<SensorsOptions, "hierarchy" | "onRecord">>;

interface Waiting {
  readonly look: () => boolean;
}

export class Watch {
  readonly sensors: Sensors;
  readonly hierarchy: Hierarchy;
  /** In the order of their arrival. A test that asks for very many empties it as it goes. */
  events: KernelEvent[] = [];
  readonly #waiting = new Set<Waiting>();
  #lookDue = false;

  static async start(options: WatchOptions = {}): Promise<Watch> {
    return new Watch(await findHierarchy(), options);
  }

  private constructor(hierarchy: Hierarchy, options: WatchOptions) {
    this.hierarchy = hierarchy;
    this.sensors = Sensors.start({
      ...options,
      hierarchy,
      onRecord: (record) => {
        const event = decode(record);
        if (event === undefined) throw new Error(`a record of unknown kind ${record.kind}`);
        this.events.push(event);
        if (this.#waiting.size > 0) this.#lookSoon();
      },
    });
  }

  /**
   * Resolves with what `find` finds, now or once more events have come. `what` is for the error.
   */
  async until<T>(
    what: string,
    find: (events: readonly KernelEvent[]) => T | undefined,
  ): Promise<T> {
    const found = await this.#find(find, PATIENCE_MS);
    if (found === undefined) throw new Error(`no ${what} among ${this.events.length} events`);
    return found;
  }

  /** Whether it came about, by then at the latest. */
  async within(ms: number, came: (events: readonly KernelEvent[]) => boolean): Promise<boolean> {
    return (await this.#find((events) => came(events) || undefined, ms)) ?? false;
  }

  #find<T>(
    find: (events: readonly KernelEvent[]) => T | undefined,
    ms: number,
  ): Promise<T | undefined> {
    const now = find(this.events);
    if (now !== undefined) return Promise.resolve(now);
    const { promise, resolve } = Promise.withResolvers<T | undefined>();
    const waiting: Waiting = {
      look: () => {
        const found = find(this.events);
        if (found !== undefined) resolve(found);
        return found !== undefined;
      },
    };
    this.#waiting.add(waiting);
    const timer = setTimeout(() => resolve(undefined), ms);
    return promise.finally(() => {
      clearTimeout(timer);
      this.#waiting.delete(waiting);
    });
  }

  /** The id of a cgroup by its path in the tracked hierarchy. */
  cgroupId(path: string): bigint {
    return lstatSync(`${this.hierarchy.mountPoint}${path}`, { bigint: true }).ino;
  }

  /** The slot and generation that the kernel gave this cgroup. */
  async instanceOf(path: string): Promise<{ slot: number; generation: number }> {
    const id = this.cgroupId(path);
    const { instance, generation } = await this.until(`record of cgroup ${path}`, (events) =>
      events.find(({ cgroupId }) => cgroupId === id),
    );
    return { slot: instance, generation };
  }

  close(): void {
    this.sensors.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await Promise.resolve();
  }

  /** After the whole batch that is being read: one look for all of it. */
  #lookSoon(): void {
    if (this.#lookDue) return;
    this.#lookDue = true;
    setImmediate(() => {
      this.#lookDue = false;
      for (const waiting of [...this.#waiting]) if (waiting.look()) this.#waiting.delete(waiting);
    });
  }
}
