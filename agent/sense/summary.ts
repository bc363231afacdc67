/**
 * What one instance did, summed up: from the records that told of it and the kernel's own profile.
 */
import {
  happened,
  kinds,
  type BehaviourEvent,
  type Facet,
} from "@pahlevan/core/behaviour/event.ts";
import { objectOf } from "@pahlevan/core/behaviour/object.ts";
import { totalsOf } from "./rates.ts";
import type { KindCounts, SensedInstance, Use } from "./senses.ts";

export interface Directory {
  readonly directory: string;
  /** Different files, by what was done to them. */
  read: number;
  written: number;
  executed: number;
  created: number;
  deleted: number;
  changed: number;
}

export interface Loss {
  /** Nothing is missing, and the kernel's counters prove it. */
  readonly nothing: boolean;
  /** Records of this instance that were dropped. */
  readonly lost: number;
  /** Everything hooks saw on this host meanwhile, and where it went. */
  readonly generated: number;
  readonly delivered: number;
  readonly aggregated: number;
  readonly dropped: number;
  readonly received: number;
  readonly reasons: readonly string[];
}

export interface Summary {
  readonly programs: readonly { readonly path: string; readonly args?: readonly string[] }[];
  readonly files: readonly Directory[];
  readonly endpoints: readonly string[];
  readonly names: readonly string[];
  readonly syscalls: readonly Use[];
  readonly capabilities: readonly Use[];
  readonly credentials: readonly string[];
  /** Facets that few commands have: mount, ptrace, bpf, module, io_uring, namespace. */
  readonly other: readonly { readonly facet: Facet; readonly object: string }[];
  /** Facts whose object could not be told in full. */
  readonly unclear: number;
  /** Facts that did not fit into the summary. */
  readonly omitted: number;
}

/** What a summary remembers at most, of each list. */
const listLimit = 4_096;
/** And of files, beyond which one may count twice. */
const touchLimit = 65_536;

export class SummaryBuilder {
  readonly #programs = new Map<string, { path: string; args?: readonly string[] }>();
  readonly #files = new Map<string, Directory>();
  readonly #lists = {
    endpoints: new Set<string>(),
    names: new Set<string>(),
    credentials: new Set<string>(),
  };
  readonly #other = new Map<string, { facet: Facet; object: string }>();
  /** What was done to which file: when a start is over, it is all told again. */
  readonly #touched = new Set<string>();
  #unclear = 0;
  #omitted = 0;

  add(event: BehaviourEvent): void {
    const { detail, process, flags } = event;
    // Before the command itself, or never done.
    if (flags.includes("setup") || !happened(event)) return;
    if (flags.includes("cut") || flags.includes("unresolved")) this.#unclear++;
    const facet = kinds[detail.kind];
    const object = objectOf(detail).value;
    switch (detail.kind) {
      case "exec": {
        const args = process?.args?.map(({ value }) => value);
        this.#keep(this.#programs, detail.script?.value ?? object, {
          path: object,
          ...(args && { args }),
        });
        return;
      }
      case "open":
      case "create":
      case "unlink":
      case "rename":
      case "link":
      case "chmod":
        return this.#addFile(event, object);
      case "dns":
        return this.#list("names", `${object} (${detail.questionType})`);
      case "credential":
        return this.#list("credentials", object);
      case "connect":
      case "bind":
      case "listen":
      case "accept":
      case "send":
        return this.#list("endpoints", object);
      case "instance_start":
      case "instance_end":
      case "fork":
      case "exit":
      case "flow":
      case "syscall":
      case "capability":
        return;
      case "mount":
      case "ptrace":
      case "bpf":
      case "module":
      case "io_uring":
      case "namespace":
        this.#keep(this.#other, `${facet} ${object}`, { facet, object });
    }
  }

  build(profile: SensedInstance | undefined): Summary {
    const byCount = (uses: readonly Use[] = []) => [...uses].sort((a, b) => b.count - a.count);
    return {
      programs: [...this.#programs.values()],
      files: [...this.#files.values()].sort((a, b) => touched(b) - touched(a)),
      endpoints: [...this.#lists.endpoints],
      names: [...this.#lists.names],
      syscalls: byCount([...(profile?.syscalls ?? []), ...(profile?.compatSyscalls ?? [])]),
      capabilities: byCount(profile?.capabilities),
      credentials: [...this.#lists.credentials],
      other: [...this.#other.values()],
      unclear: this.#unclear,
      omitted: this.#omitted,
    };
  }

  #addFile({ detail }: BehaviourEvent, path: string): void {
    const touch = `${detail.kind} ${"access" in detail ? detail.access.join() : ""} ${path}`;
    if (this.#touched.has(touch)) return;
    if (this.#touched.size < touchLimit) this.#touched.add(touch);
    const slash = path.lastIndexOf("/");
    const directory = slash > 0 ? path.slice(0, slash) : slash === 0 ? "/" : "(no directory)";
    const none = { read: 0, written: 0, executed: 0, created: 0, deleted: 0, changed: 0 };
    const counts = this.#files.get(directory) ?? { directory, ...none };
    if (!this.#keep(this.#files, directory, counts)) return;
    if (detail.kind === "unlink") counts.deleted++;
    else if (detail.kind !== "open") counts[detail.kind === "create" ? "created" : "changed"]++;
    else if (detail.access.includes("created")) counts.created++;
    else if (detail.access.includes("write")) counts.written++;
    else counts[detail.access.includes("exec") ? "executed" : "read"]++;
  }

  #list(name: "endpoints" | "names" | "credentials", value: string): void {
    const list = this.#lists[name];
    if (list.size < listLimit || list.has(value)) list.add(value);
    else this.#omitted++;
  }

  #keep<T>(map: Map<string, T>, key: string, value: T): boolean {
    if (map.has(key)) return true;
    if (map.size >= listLimit) {
      this.#omitted++;
      return false;
    }
    map.set(key, value);
    return true;
  }
}

function touched({ read, written, executed, created, deleted, changed }: Directory): number {
  return read + written + executed + created + deleted + changed;
}

/** Read after the hooks are detached, so that the counters stand still. */
export function lossOf(
  counts: readonly KindCounts[],
  profile: SensedInstance | undefined,
  malformed: number,
): Loss {
  const totals = totalsOf(counts);
  const reasons: string[] = [];
  for (const { kind, generated, delivered, aggregated, dropped, received } of counts) {
    const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
    if (generated !== delivered + aggregated + lost) {
      reasons.push(`${kind}: ${generated} generated ≠ ${delivered} + ${aggregated} + ${lost}`);
    }
    if (received !== delivered) reasons.push(`${kind}: ${received} of ${delivered} received`);
  }
  if (malformed > 0) reasons.push(`${malformed} records could not be decoded`);
  if (profile === undefined) reasons.push("the command had no slot of its own (max-instances)");
  else if (profile.lost > 0) reasons.push(`${profile.lost} of its records were dropped`);
  return { nothing: reasons.length === 0, lost: profile?.lost ?? 0, ...totals, reasons };
}
