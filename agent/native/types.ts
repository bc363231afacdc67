/** The objects that the addon offers: libbpf's, with no BPF logic of their own. */

export type HookKind =
  | "lsm"
  | "fentry"
  | "fexit"
  | "fmod_ret"
  | "tp_btf"
  | "iter"
  | "raw_tp"
  | "tracepoint"
  | "kprobe"
  | "kprobe_multi"
  | "cgroup";

/** Result of asking the kernel for one hook: ok, or the errno, its name, and a sentence why. */
export interface ProbeResult {
  ok: boolean;
  errno: number;
  code: string;
  reason: string;
}

/** What the addon's errors carry; `program` and the end of the verifier's `log` after a load. */
export interface NativeError extends Error {
  code?: string;
  errno?: number;
  program?: string;
  log?: string;
}

export interface ProgramInfo {
  name: string;
  section: string;
  id: number;
  runCount: number;
  runTimeNs: number;
  recursionMisses: number;
  /** 0 on kernels before 5.16. */
  verifiedInstructions: number;
  memoryBytes: number;
}

/** Names of maps opened by pin or id are the kernel's, which keeps 15 characters. */
export interface MapInfo {
  name: string;
  type: number;
  keySize: number;
  valueSize: number;
  maxEntries: number;
  /** 0 while not loaded. */
  id: number;
  /** What the kernel charges for it; 0 while not loaded. */
  memoryBytes: number;
}

export interface MapRequest {
  type: "hash" | "array";
  keySize: number;
  valueSize: number;
  maxEntries: number;
  /** BPF_F_… */
  flags: number;
  /** Of letters, digits, _ and dots; the kernel keeps 15 characters. */
  name: string;
}

export interface BpfObject {
  readonly programs: { name: string; section: string }[];
  readonly maps: MapInfo[];
  setAutoload(program: string, on: boolean): void;
  /** Turns e.g. an lsm/file_open program into fentry/security_file_open, before load. */
  retarget(program: string, kind: HookKind, target: string): void;
  setMaxEntries(map: string, entries: number): void;
  setMapFlags(map: string, flags: number): void;
  /** Uses an already loaded map in place of this object's, before load. */
  reuseMap(map: string, other: BpfMap): void;
  /** Sets one `const volatile` variable, before load; `value` has exactly its size. */
  setConstant(name: string, value: Uint8Array): void;
  /** Throws a NativeError with `program` and `log`; then open the file anew to try again. */
  load(): void;
  attach(program: string): BpfLink;
  attachCgroup(program: string, cgroupPath: string): BpfLink;
  /** A kprobe_multi program, to the starts of all these functions at once, or to none. */
  attachFunctions(program: string, functions: readonly string[]): BpfLink;
  /** Attaches an iterator program, reads it to its end, detaches. */
  readIterator(program: string): Uint8Array;
  /** The same object each time, until it is closed; it closes with this one at the latest. */
  map(name: string): BpfMap;
  programInfo(program: string): ProgramInfo;
  /** Runs a program once (BPF_PROG_TEST_RUN). `input`: its packet, else its context. */
  testRun(program: string, input?: Uint8Array): { retval: number; durationNs: number };
  /** Detaches its links, closes its maps, then itself. Twice does no harm. */
  close(): void;
}

export interface BpfMap {
  readonly info: MapInfo;
  /** Fills `value`; false when absent. Per-CPU: roundup8(valueSize) × possibleCpus() bytes. */
  lookup(key: Uint8Array, value: Uint8Array): boolean;
  /** False when the mode forbids it (noexist: there is one; exist: there is none). */
  update(key: Uint8Array, value: Uint8Array, mode?: "any" | "noexist" | "exist"): boolean;
  /**
   * Of a map of maps: `inner` stands there from now on, and lives as long as it does, even when
   * closed here.
   */
  updateInner(key: Uint8Array, inner: BpfMap): void;
  /** An array's elements stay; but of an array of maps, the index holds none from now on. */
  delete(key: Uint8Array): boolean;
  /** Queue and stack maps. */
  push(value: Uint8Array): void;
  pop(value: Uint8Array): boolean;
  /** At most `limit` entries, packed. What comes and goes meanwhile may be missed or doubled. */
  entries(limit: number): { count: number; keys: Uint8Array; values: Uint8Array };
  /**
   * The memory of a BPF_F_MMAPABLE array, the same object each time. Elements lie 8-byte aligned.
   * A frozen map's (.rodata) is read-only: writing faults. With `bytes`, only so much of its
   * beginning, in an object of its own: every page that is mapped counts as memory of ours.
   */
  mmap(bytes?: number): ArrayBuffer;
  /** From now on nobody writes to it but programs. */
  freeze(): void;
  pin(path: string): void;
  unpin(path: string): void;
  close(): void;
}

export interface BpfLink {
  /** "tracing", "cgroup", "iter", "raw_tracepoint", "perf_event" … */
  readonly kind: string;
  /** 0 where it is none: see `kind`. */
  readonly id: number;
  /** Of the program that it holds; 0 where it is none. */
  readonly programId: number;
  pin(path: string): void;
  unpin(): void;
  /** Detaches, unless pinned. */
  close(): void;
}

export interface Ring {
  /**
   * The data pages, and the first of them again, so that a record that wraps is contiguous.
   * Read-only: writing faults.
   */
  readonly data: ArrayBuffer;
  readonly sizeBytes: number;
  produced(): number;
  consumed(): number;
  /** Everything before `position` is free for the kernel again. */
  release(position: number): void;
  /**
   * Runs `wake` on the event loop once when finished records are there, and again only after
   * rearm(). Keeps the process alive until stop().
   */
  start(wake: () => void): void;
  rearm(): void;
  /** After it, `wake` is not called any more. */
  stop(): void;
  close(): void;
}

export interface Native {
  BpfObject: new (path: string) => BpfObject;
  BpfMap: {
    fromPin(path: string): BpfMap;
    fromId(id: number): BpfMap;
    /** A map of no object: gone when it is closed, and no other map or pin holds it. */
    create(asked: MapRequest): BpfMap;
  };
  BpfLink: { fromPin(path: string): BpfLink };
  /** No record is longer than `longestBytes`, its head included; by default as long as the ring. */
  Ring: new (map: BpfMap, longestBytes?: number) => Ring;
  /** Loads an empty program for the target, attaches it where that may fail, and closes it. */
  probeHook: (kind: HookKind, target: string) => ProbeResult;
  /**
   * This process' pid as programs in the kernel see it: in the initial pid namespace. Undefined
   * where the kernel does not say.
   */
  ownPid: () => number | undefined;
  /** Gives the system back what only the start needed: the kernel's types, free heap, code. */
  returnMemory: () => void;
  /** Whether the kernel still has a program of that id, which is neither opened nor held for it. */
  hasProgram: (id: number) => boolean;
  kernelHasType: (kind: "struct" | "union" | "enum" | "func" | "typedef", name: string) => boolean;
  kernelHasMember: (struct: string, member: string) => boolean;
  kernelEnumValue: (enumName: string, enumerator: string) => number | undefined;
  possibleCpus: () => number;
  /** Makes the kernel count runs and run times of programs until close(). */
  enableRunStats: () => { close(): void };
  versions: { libbpf: string; addon: string };
}
