/** For kernel tests: sensors with what they told, and commands in cgroups of their own. */
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, rmdirSync, statSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { promisify } from "node:util";
import { decode } from "../../agent/kernel/decode.ts";
import { Sensors, type SensorsOptions } from "../../agent/kernel/sensors.ts";
import { findHierarchy, type Hierarchy } from "../../agent/workload/hierarchy.ts";
import type { Detail, KernelEvent, Kind } from "../../core/behaviour/event.ts";

export type Told<K extends Kind> = KernelEvent & { readonly detail: Detail & { kind: K } };

export class Sensed {
  readonly sensors: Sensors;
  readonly events: KernelEvent[] = [];
  readonly #waiting = new Set<() => void>();

  private constructor(options: Omit<SensorsOptions, "onRecord">) {
    this.sensors = Sensors.start({
      ...options,
      onRecord: (record) => {
        const event = decode(record);
        if (event) this.events.push(event);
        for (const look of this.#waiting) look();
      },
    });
  }

  static async start(options: Partial<SensorsOptions> = {}): Promise<Sensed> {
    return new Sensed({ hierarchy: await findHierarchy(), ...options });
  }

  /** The events of one kind so far. */
  told<K extends Kind>(kind: K, where: (event: Told<K>) => boolean = () => true): Told<K>[] {
    return this.events.filter((event): event is Told<K> => isOf(kind, event)).filter(where);
  }

  /** Waits for such an event; the test's own time limit ends the wait. */
  async tells<K extends Kind>(kind: K, where: (event: Told<K>) => boolean): Promise<Told<K>> {
    const { promise, resolve } = Promise.withResolvers<Told<K>>();
    let looked = 0;
    const look = () => {
      for (; looked < this.events.length; looked++) {
        const event = this.events[looked];
        if (event && isOf(kind, event) && where(event)) resolve(event);
      }
    };
    this.#waiting.add(look);
    look();
    const event = await promise;
    this.#waiting.delete(look);
    return event;
  }
}

function isOf<K extends Kind>(kind: K, event: KernelEvent): event is Told<K> {
  return event.detail.kind === kind;
}

/** Looks again at each turn of the event loop; the test's own time limit ends the wait. */
async function until(fact: () => boolean): Promise<void> {
  while (!fact()) await setImmediate();
}

function commOf(pid: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return undefined; // it has ended meanwhile
  }
}

let made = 0;

/** A cgroup for one test, gone at its end. */
export class TestCgroup {
  readonly path: string;
  readonly id: bigint;
  readonly #folder: string;
  #removed = false;

  constructor({ mountPoint }: Hierarchy, parent?: TestCgroup) {
    made++;
    this.path = `${parent?.path ?? ""}/pahlevan-test-${process.pid}-${made}`;
    this.#folder = mountPoint + this.path;
    mkdirSync(this.#folder);
    this.id = statSync(this.#folder, { bigint: true }).ino;
  }

  /** Runs a shell script in it. */
  async run(script: string): Promise<string> {
    const enter = 'echo 0 >"$0/cgroup.procs" && exec sh -c "$1"';
    const { stdout } = await promisify(execFile)("sh", ["-c", enter, this.#folder, script]);
    return stdout;
  }

  /** Where a process writes 0 to move in. */
  get procs(): string {
    return `${this.#folder}/cgroup.procs`;
  }

  /** Waits until the program that runs in it is `comm`. */
  async holds(comm: string): Promise<void> {
    await until(() => this.#pids().some((pid) => commOf(pid) === comm));
  }

  async isEmpty(): Promise<void> {
    await until(() => this.#pids().length === 0);
  }

  #pids(): string[] {
    return readFileSync(this.procs, "utf8")
      .split("\n")
      .filter((pid) => pid !== "");
  }

  /** A process may leave it a moment after its parent has heard of its end. */
  async remove(): Promise<void> {
    if (this.#removed) return;
    await this.isEmpty();
    rmdirSync(this.#folder);
    this.#removed = true;
  }
}
