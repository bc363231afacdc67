/** What was told of one act, made comparable: processes by their part in it, texts as they read. */
import type {
  Detail,
  Endpoint,
  KernelEvent,
  ProcessKey,
  Text,
} from "@pahlevan/core/behaviour/event.ts";

/** Plain data, so that a VM can hand it over as JSON. */
export interface Told {
  readonly kind: string;
  readonly flags?: readonly string[];
  /** The container, as its registry names it. */
  readonly in: string;
  /** Who did it; absent where the kernel knows only the instance. */
  readonly by?: { readonly process: string; readonly exe: string; readonly uid: number };
  readonly [fact: string]: unknown;
}

/** Names for the processes of an act, given in the order of their forks: "act", "child 1", … */
export class Cast {
  readonly #names = new Map<string, string>();

  constructor(act?: ProcessKey) {
    if (act) this.#names.set(keyOf(act), "act");
  }

  /** Adds the child if its parent is known. */
  forked(parent: ProcessKey, child: ProcessKey): void {
    if (this.has(parent) && !this.has(child))
      this.#names.set(keyOf(child), `child ${this.#names.size}`);
  }

  has(process: ProcessKey): boolean {
    return this.#names.has(keyOf(process));
  }

  get keys(): readonly string[] {
    return [...this.#names.keys()];
  }

  nameOf(process: ProcessKey): string {
    return this.#names.get(keyOf(process)) ?? (process.startNs === 0n ? "unknown" : "somebody");
  }
}

export function keyOf({ pid, startNs }: ProcessKey): string {
  return `${pid}@${startNs}`;
}

export function told(event: KernelEvent, cast: Cast, container: string): Told {
  const { detail, process, flags } = event;
  const kept = flags.filter((flag) => flag !== "every" && flag !== "no_process");
  return {
    ...plain(detail, cast),
    in: container,
    ...(kept.length > 0 && { flags: kept }),
    ...(process && {
      by: {
        process: cast.nameOf(process),
        // Kernels before 6.16 have taken the program away by the time that they tell of its end.
        exe: detail.kind === "exit" ? "" : (process.exe?.value ?? ""),
        uid: process.uid,
      },
    }),
    ...(detail.kind === "exec" && {
      args: process?.args?.map(textOf) ?? [],
      cwd: process?.cwd?.value,
    }),
  };
}

function plain(detail: Detail, cast: Cast): { readonly kind: string } {
  const facts = Object.entries(detail).flatMap(([name, value]: [string, unknown]) =>
    unstable.has(name) ? [] : [[name, plainValue(value, cast)] as const],
  );
  return { ...Object.fromEntries(facts), kind: detail.kind };
}

/** Differs from run to run; tests of their own look at them. */
const unstable = new Set(["inode", "device"]);

function plainValue(value: unknown, cast: Cast): unknown {
  if (typeof value === "bigint") return Number(value);
  if (isProcess(value)) return cast.nameOf(value);
  if (isText(value)) return textOf(value);
  if (isEndpoint(value) && value.port >= EPHEMERAL) return { ...value, port: "any" };
  return value;
}

/** Ports that the kernel chose. */
const EPHEMERAL = 32_768;

function isEndpoint(value: unknown): value is Endpoint {
  return typeof value === "object" && value !== null && "port" in value;
}

function isProcess(value: unknown): value is ProcessKey {
  return typeof value === "object" && value !== null && "startNs" in value;
}

function isText(value: unknown): value is Text {
  return typeof value === "object" && value !== null && "value" in value;
}

/** One that was escaped says so, as events do. */
function textOf({ value, escaped }: Text): string {
  return escaped ? `(escaped) ${value}` : value;
}
