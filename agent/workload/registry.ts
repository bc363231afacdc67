/**
 * Who is behind each cgroup: answers at once with what is known, asks runtimes for the rest,
 * forgets what has ended.
 */
import type { WorkloadIdentity } from "@pahlevan/core/behaviour/identity.ts";
import { parseCgroupPath, type CgroupOwner } from "./cgroup-path.ts";
import type { CgroupTree } from "./cgroup-tree.ts";
import type { Clock } from "./clock.ts";
import { GraceCache } from "./grace-cache.ts";
import { identify } from "./identify.ts";
import { Instances, questionOf, withTold } from "./instance.ts";
import type { Instance } from "./instance.ts";
import type { Metadata } from "./metadata.ts";
import type { ContainerFacts } from "./runtimes/source.ts";

export interface RegistryOptions {
  readonly clock: Clock;
  readonly metadata: Pick<Metadata, "find">;
  /** Finds the path of ids that came without one. */
  readonly tree?: Pick<CgroupTree, "known" | "learn" | "forget" | "pathOf">;
  /** Where the agent's own view of cgroups begins (see `parseCgroupPath`). */
  readonly root?: string;
  /** How long an ended cgroup is still known: its last records may be on their way. */
  readonly graceMs?: number;
  /**
   * Most cgroups kept. When it is full of living ones, further ones are named by their path alone,
   * and counted.
   */
  readonly limit?: number;
  /**
   * After this, an instance that no runtime knew is asked for again, when something happens in it.
   */
  readonly askAgainMs?: number;
}

export interface RegistryStats {
  readonly cgroups: number;
  readonly instances: number;
  readonly pending: number;
  /** Instances for which the wait ended without metadata. */
  readonly incomplete: number;
  readonly asked: number;
  readonly evicted: number;
  readonly evictedEarly: number;
  readonly overflowed: number;
  /** Searches for the path of an id that found none. */
  readonly pathless: number;
}

export type SettledListener = (cgroupId: bigint, identity: WorkloadIdentity) => void;

interface Entry {
  readonly path: string | undefined;
  readonly instance: Instance;
}

/** By then a runtime has started what it told of, and is asked again if it hung until then. */
const startedMs = 12_000;
/** When to look for the path of an id that came without one. */
const pathRetriesMs = [0, 300, 700];

export class WorkloadRegistry {
  readonly #options: RegistryOptions;
  readonly #askAgainMs: number;
  readonly #entries: GraceCache<Entry>;
  readonly #instances = new Instances();
  readonly #listeners = new Set<SettledListener>();
  #pending = 0;
  #asked = 0;
  #pathless = 0;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#askAgainMs = options.askAgainMs ?? 30_000;
    const { clock, graceMs = 60_000, limit = 16_384 } = options;
    this.#entries = new GraceCache({ clock, graceMs, limit }, (cgroupId, { instance }) =>
      this.#instances.leave(instance, cgroupId, false),
    );
  }

  /**
   * Never waits. An identity is replaced, not changed, when more becomes known: ask again, or
   * listen.
   */
  resolve(cgroupId: bigint, path?: string): WorkloadIdentity {
    return this.#instanceOf(cgroupId, path).identity;
  }

  /** The identity once metadata has come, or the bounded wait for it is over. Never rejects. */
  settled(cgroupId: bigint, path?: string): Promise<WorkloadIdentity> {
    const { settling, identity } = this.#instanceOf(cgroupId, path);
    return settling ?? Promise.resolve(identity);
  }

  /** What its runtime says without being asked, and before its state could be read. */
  told(cgroupId: bigint, path: string, facts: ContainerFacts): WorkloadIdentity {
    const instance = this.#instanceOf(cgroupId, path);
    instance.told = facts;
    instance.identity = { ...identify(instance.owner, facts), complete: true };
    instance.isAskedOnceMore = !facts.final;
    if (!facts.final) this.#options.clock.schedule(startedMs, () => this.#askNow(cgroupId));
    for (const each of instance.cgroups) this.#tell(each, instance.identity);
    return instance.identity;
  }

  /**
   * Called for each cgroup of an instance when the wait for its metadata is over. Returns how to
   * stop.
   */
  onSettled(listener: SettledListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The cgroup was removed; it is known for a grace time yet. */
  ended(cgroupId: bigint): void {
    const entry = this.#entries.get(cgroupId);
    if (entry !== undefined && this.#entries.end(cgroupId)) entry.instance.living--;
    this.#options.tree?.forget(cgroupId);
    this.sweep();
  }

  /**
   * Drops what ended and is past its grace; also runs by itself whenever a cgroup comes or goes.
   */
  sweep(): void {
    this.#entries.sweep();
  }

  /** By the runtime's id, while a cgroup of that container is known. */
  byContainer(id: string): WorkloadIdentity | undefined {
    for (const { identity, owner } of this.#instances.values()) {
      if (identity.container?.id === id && owner.uid === undefined) return identity;
    }
    return undefined;
  }

  /**
   * The path of the cgroup that stands for the instance: the container's, for one made inside it.
   */
  levelOf(cgroupId: bigint): string | undefined {
    return this.#entries.get(cgroupId)?.instance.owner.level || undefined;
  }

  /** Its own, and its instance's: the first of the instance that gets a process may be either. */
  pathsOf(cgroupId: bigint): string[] {
    const entry = this.#entries.get(cgroupId);
    const paths = new Set([entry?.instance.owner.level, entry?.path]);
    return [...paths].flatMap((path) => (path ? [path] : []));
  }

  /** Who comes in a cgroup of that path, as far as the path tells. */
  identityAt(path: string): WorkloadIdentity {
    return identify(parseCgroupPath(path, this.#options.root));
  }

  stats(): RegistryStats {
    let incomplete = 0;
    for (const { identity, settling } of this.#instances.values()) {
      if (!identity.complete && settling === undefined) incomplete++;
    }
    const { size, evicted, evictedEarly, overflowed } = this.#entries;
    const counts = { cgroups: size, evicted, evictedEarly, overflowed };
    return {
      ...counts,
      instances: this.#instances.size,
      pending: this.#pending,
      incomplete,
      asked: this.#asked,
      pathless: this.#pathless,
    };
  }

  #instanceOf(cgroupId: bigint, path: string | undefined): Instance {
    const entry = this.#entries.get(cgroupId);
    // Another path than before: the kernel gave the id to another cgroup, or moved it.
    if (entry === undefined || (path !== undefined && path !== entry.path)) {
      return this.#admit(cgroupId, path ?? this.#options.tree?.known(cgroupId));
    }
    this.#settleIfDue(cgroupId, entry);
    return entry.instance;
  }

  /** Of whom nothing may ever happen again. */
  #askNow(cgroupId: bigint): void {
    const entry = this.#entries.get(cgroupId);
    if (!entry?.instance.isAskedOnceMore) return;
    entry.instance.askAgainAt = 0;
    this.#settleIfDue(cgroupId, entry);
  }

  #admit(cgroupId: bigint, path: string | undefined): Instance {
    this.sweep();
    const owner =
      path === undefined ? nameless(cgroupId) : this.#instances.ownerAt(path, this.#options.root);
    const instance = this.#instances.of(owner, path === undefined ? `id ${cgroupId}` : undefined);
    const entry: Entry = { path, instance };
    if (!this.#place(cgroupId, entry)) return instance;
    if (path !== undefined) this.#options.tree?.learn(cgroupId, path);
    this.#settleIfDue(cgroupId, entry);
    return instance;
  }

  /** False when the cache is full of what lives. */
  #place(cgroupId: bigint, entry: Entry): boolean {
    const before = this.#entries.get(cgroupId);
    const lives = !this.#entries.hasEnded(cgroupId);
    if (!this.#entries.set(cgroupId, entry)) return false;
    if (before !== undefined) this.#instances.leave(before.instance, cgroupId, lives);
    this.#instances.join(entry.instance, cgroupId, lives);
    return true;
  }

  /** Asks once for all cgroups of an instance, and not again too soon. */
  #settleIfDue(cgroupId: bigint, { path, instance }: Entry): void {
    if (instance.settling !== undefined) return;
    if (instance.identity.complete && !instance.isAskedOnceMore) return;
    if (this.#options.clock.now() < instance.askAgainAt) return;
    this.#pending++;
    const work =
      path === undefined ? this.#findPath(cgroupId, instance) : this.#findFacts(instance);
    instance.settling = work.finally(() => {
      this.#pending--;
      instance.askAgainAt = this.#options.clock.now() + this.#askAgainMs;
      instance.settling = undefined;
    });
  }

  async #findFacts(instance: Instance): Promise<WorkloadIdentity> {
    this.#asked++;
    const { owner, isAskedOnceMore: isLastTime } = instance;
    instance.isAskedOnceMore = false;
    const found = await this.#options.metadata.find(questionOf(owner));
    const level = found?.level ?? owner.level;
    // The container's cgroup is one further up: this one was made inside it.
    const target = level === owner.level ? instance : this.#instances.of({ ...owner, level });
    const { told } = target;
    const facts = withTold(found, told);
    const identity = identify(target.owner, facts);
    // A plain cgroup that no runtime claims is just that, and what was told holds: till later.
    const isPlain = facts === undefined && owner.kind === "cgroup";
    const isEnough = isPlain || (told !== undefined && facts?.final === false);
    target.identity = isEnough ? { ...identity, complete: true } : identity;
    target.isAskedOnceMore = isEnough && !isLastTime;
    for (const cgroupId of [...instance.cgroups]) {
      const entry = this.#entries.get(cgroupId);
      if (target !== instance && entry !== undefined)
        this.#place(cgroupId, { ...entry, instance: target });
      this.#tell(cgroupId, target.identity);
    }
    return target.identity;
  }

  async #findPath(cgroupId: bigint, instance: Instance): Promise<WorkloadIdentity> {
    const { tree, clock } = this.#options;
    for (const delayMs of tree === undefined ? [] : pathRetriesMs) {
      if (delayMs > 0) await new Promise<void>((resolve) => void clock.schedule(delayMs, resolve));
      const path = await tree?.pathOf(cgroupId);
      const entry = this.#entries.get(cgroupId);
      if (entry === undefined) break; // Evicted meanwhile.
      // Found, or an event told it while we looked.
      if (path === undefined && entry.instance === instance) continue;
      const { identity, settling } =
        path === undefined ? entry.instance : this.#instanceOf(cgroupId, path);
      if (settling !== undefined) return settling;
      this.#tell(cgroupId, identity);
      return identity;
    }
    this.#pathless++;
    this.#tell(cgroupId, instance.identity);
    return instance.identity;
  }

  #tell(cgroupId: bigint, identity: WorkloadIdentity): void {
    for (const listener of this.#listeners) listener(cgroupId, identity);
  }
}

/** An id whose path nobody has told. The empty level says so. */
function nameless(cgroupId: bigint): CgroupOwner {
  return { kind: "cgroup", level: "", name: `cgroup:${cgroupId}` };
}
