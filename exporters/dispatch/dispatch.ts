/** All ways out of one process: made, changed and ended as they are configured. */
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { SinkFigures } from "../delivery/figures.ts";
import { Outlet } from "../delivery/outlet.ts";
import { Spill } from "../delivery/spill.ts";
import { ofPolicies } from "../metrics/of-policies.ts";
import type { Snapshot } from "../metrics/snapshot.ts";
import { sorts, type Line, type Outgoing, type Sort } from "../record.ts";
import type { Around, Sink } from "../sink.ts";
import { wanted } from "./common.ts";
import type { Configured } from "./configured.ts";
import { FileMemory } from "./memory.ts";

export interface DispatchOptions {
  /** Where what waits and what sinks remember is kept; absent: nowhere. */
  readonly folder?: string;
  readonly host: string;
  readonly cluster: string;
  readonly version: string;
  readonly complain: (name: string, says: string) => void;
}

interface Way {
  readonly outlet: Outlet;
  readonly memory: FileMemory;
  configured: Configured;
  isFor: (line: Line) => boolean;
}

export class Dispatch {
  readonly #options: DispatchOptions;
  readonly #ways = new Map<string, Way>();

  constructor(options: DispatchOptions) {
    this.#options = options;
  }

  /** What somebody is sent. */
  get wishes(): { readonly sorts: readonly Sort[]; readonly metrics: boolean } {
    const ways = [...this.#ways.values()];
    const wished = new Set(ways.flatMap(({ configured }) => configured.prepared.common.events));
    return {
      sorts: sorts.filter((sort) => wished.has(sort)),
      metrics: ways.some(({ configured }) => configured.isPushedMetrics),
    };
  }

  /** These are all. What waits for one that changes goes to it as it is then. */
  async configure(configurations: readonly Configured[]): Promise<readonly string[]> {
    const problems: string[] = [];
    const names = new Set(configurations.map(({ name }) => name));
    const gone = [...this.#ways].filter(([name]) => !names.has(name));
    for (const [name, { outlet }] of gone) {
      this.#ways.delete(name);
      await outlet.remove();
      rmSync(this.#folderOf(name) ?? "", { recursive: true, force: true });
    }
    for (const configured of configurations) {
      try {
        await this.#put(configured);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        const says = `exporters.${configured.name} (${configured.type}): ${why}`;
        // Whoever wrote that policy is told, and the others go on.
        if (configured.mayFail) this.#options.complain(configured.name, why);
        else problems.push(says);
      }
    }
    return problems;
  }

  accept(records: Iterable<Outgoing>): void {
    for (const record of records) {
      for (const { outlet, isFor } of this.#ways.values())
        if (isFor(record.line)) outlet.accept(record);
      record.rest();
    }
  }

  offerMetrics(snapshot: Snapshot): void {
    for (const { outlet, configured } of this.#ways.values()) {
      if (!configured.isPushedMetrics) continue;
      const { policies } = configured.prepared.common;
      outlet.offerMetrics(policies.length > 0 ? ofPolicies(snapshot, policies) : snapshot);
    }
  }

  figures(): readonly SinkFigures[] {
    return Array.from(this.#ways.values(), ({ outlet }) => outlet.figures());
  }

  /** Files of sinks that are in no configuration any more: of an earlier run. */
  clean(): void {
    const { folder } = this.#options;
    if (folder === undefined) return;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(folder))
      if (!this.#ways.has(decodeURIComponent(name)))
        rmSync(join(folder, name), { recursive: true, force: true });
  }

  async stop(patienceMs: number): Promise<void> {
    await Promise.all(
      Array.from(this.#ways.values(), async ({ outlet, memory }) => {
        await outlet.stop(patienceMs);
        memory.close();
      }),
    );
  }

  async #put(configured: Configured): Promise<void> {
    const { name, fingerprint, type, prepared } = configured;
    const before = this.#ways.get(name);
    if (before?.configured.fingerprint === fingerprint) return;
    const isFor = wanted(prepared.common);
    // What waits on disk for another type is for this one now.
    if (before !== undefined && before.configured.type === type) {
      const sink = this.#made(configured, before.memory, () => before.outlet);
      before.configured = configured;
      before.isFor = isFor;
      await before.outlet.exchange(sink, prepared.limits);
      return;
    }
    const folder = this.#folderOf(name);
    const complain = (says: string) => this.#options.complain(name, says);
    const memory = new FileMemory(folder && join(folder, "memory.json"), complain);
    const made: { outlet?: Outlet } = {};
    const sink = this.#made(configured, memory, () => made.outlet);
    if (before !== undefined) await before.outlet.stop(0);
    const spillBytes = prepared.common["spill-size"];
    made.outlet = new Outlet({
      name,
      type,
      sink,
      limits: prepared.limits,
      queueBytes: prepared.common["queue-size"],
      ...(folder !== undefined &&
        spillBytes > 0 && { spill: new Spill(join(folder, "waiting"), spillBytes) }),
      complain,
    });
    this.#ways.set(name, { outlet: made.outlet, memory, configured, isFor });
  }

  #made(
    { name, prepared }: Configured,
    memory: FileMemory,
    outlet: () => Outlet | undefined,
  ): Sink {
    const { host, cluster, version, complain } = this.#options;
    const around: Around = {
      name,
      host,
      cluster,
      version,
      nowMs: Date.now,
      complain: (says) => complain(name, says),
      enqueue: (record) => outlet()?.accept(record),
      memory,
    };
    return prepared.make(around);
  }

  #folderOf(name: string): string | undefined {
    const { folder } = this.#options;
    return folder === undefined ? undefined : join(folder, encodeURIComponent(name));
  }
}
