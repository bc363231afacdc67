/**
 * One instance opens, makes, changes and removes the same few files over and over, so that the
 * kernel knows their directories and walks no path for them, while policies, directories and mounts
 * change: are its answers core's, and is each file told of? Prints what was found as JSON, as it is
 * run in a VM.
 */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { KernelTables } from "@pahlevan/agent/enforce/kernel-tables.ts";
import { decode } from "@pahlevan/agent/kernel/decode.ts";
import { Sensors } from "@pahlevan/agent/kernel/sensors.ts";
import { vocabulary } from "@pahlevan/agent/policies/vocabulary.ts";
import { findHierarchy } from "@pahlevan/agent/workload/hierarchy.ts";
import { accessMask, fileAccesses, type FileAccess } from "@pahlevan/core/policy/compile/act.ts";
import { compile } from "@pahlevan/core/policy/compile/compile.ts";
import type { Compiled, FileEntry, Segments } from "@pahlevan/core/policy/compile/compiled.ts";
import type { Learned } from "@pahlevan/core/policy/compile/learned.ts";
import { judge } from "@pahlevan/core/policy/compile/judge.ts";
import { normalise } from "@pahlevan/core/policy/normalise.ts";
import { parsePolicy } from "@pahlevan/core/policy/parse.ts";
import { apiVersion, kind } from "@pahlevan/core/policy/schema/policy.ts";

export interface Folders {
  readonly asked: number;
  readonly denied: number;
  /** Where the kernel's answer was not core's. */
  readonly wrong: readonly string[];
  /** What was told of an overlay's layers, which are no affair of who opens its files. */
  readonly below: readonly string[];
  /** Files that were opened and of which nothing was told. */
  readonly untold: readonly string[];
}

const ROUNDS = 1_200;
/** Longer than the kernel's caches keep still after a directory moved. */
const SETTLED_MS = 2_500;
const EPERM = 1;

/** In the letters of folders.pl. */
const acts = {
  r: ["read"],
  w: ["write"],
  c: ["create", "write"],
  o: ["create", "write"], // of a file that is there
  u: ["unlink"],
  m: ["mkdir"],
  x: ["chmod"],
} as const satisfies Readonly<Record<string, readonly FileAccess[]>>;
type Letter = keyof typeof acts;
const letters = ["r", "r", "r", "w", "c", "o", "u", "m", "x"] as const satisfies readonly Letter[];

const folders = ["a/x", "a/y", "b/x", "b/y", "b/y/deep"];
const longName = "a-name-of-more-letters-than-a-dentry-keeps-by-itself";
const names = [
  "f0",
  "f1",
  "f2",
  "eight-by",
  "sixteen-letters-",
  "log-1.txt",
  "log-22.txt",
  longName,
];

function policies(root: string): Compiled[] {
  const under = (...paths: readonly string[]) => paths.map((path) => join(root, path));
  return [
    compiled({
      allowedPaths: under("a/x/f0", "a/x/sixteen-letters-", "b/**", "a/y/*"),
      deniedPaths: under("b/x/f1", "a/y/f2", "b/y/deep/**"),
    }),
    compiled(
      {
        allowedPaths: under("a/x/eight-by", "b/x/*", `b/y/${longName}`),
        readOnlyPaths: under("b/y/**"),
      },
      learnedLogs(join(root, "a")),
    ),
    withoutLogsBelow(
      join(root, "b"),
      compiled({
        allowedPaths: under("a/**", "b/**"),
        deniedPaths: under("a/x/f0", "a/y/sixteen-letters-"),
      }),
    ),
  ];
}

/** FOLDER/ANY/log-ANY.txt */
function logsBelow(folder: string): Segments {
  return [...folder.split("/").map((name) => [name]), ["", ""], ["log-", ".txt"]];
}

/** As learning would have it. */
function learnedLogs(folder: string): Learned[] {
  return (["read", "create", "write", "unlink"] as const).map((access) => ({
    need: { facet: "file", access, pattern: logsBelow(folder) },
  }));
}

function learnedAt(paths: readonly string[]): Learned[] {
  return paths.map((path) => ({ need: { facet: "file", access: "write", path } }));
}

/** No field of a policy says so yet, but the kernel's tables can. */
function withoutLogsBelow(folder: string, policy: Compiled): Compiled {
  const { file } = policy.tables;
  const denied: FileEntry = {
    rule: { rank: "deny", from: "trial" },
    where: { extent: "pattern", segments: logsBelow(folder) },
    access: accessMask(...fileAccesses),
  };
  const entries = [denied, ...file.entries];
  return { ...policy, tables: { ...policy.tables, file: { ...file, entries } } };
}

function compiled(files: Readonly<Record<string, unknown>>, learned: Learned[] = []): Compiled {
  const enforcement = { mode: "enforce", files: { defaultAction: "deny", ...files } };
  const spec = { selector: {}, learning: { enabled: false }, enforcement };
  const document = { apiVersion, kind, metadata: { name: "folders" }, spec };
  const { policy, problems } = parsePolicy(document, { ...vocabulary, nowMs: 0 });
  const result = policy && compile({ policy: normalise(policy), learned, nowMs: 0 });
  if (result === undefined || "problems" in result)
    throw new Error(JSON.stringify(result?.problems ?? problems));
  return result.compiled;
}

/** The same numbers each time. */
function* chances(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

class Worker {
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  private constructor(cgroup: string) {
    const enter = 'echo $$ >"$0/cgroup.procs" && exec perl "$1"';
    const script = join(import.meta.dirname, "folders.pl");
    this.#process = spawn("sh", ["-c", enter, cgroup, script], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    if (this.#process.stdout === null) throw new Error("a worker without output");
    this.#answers = createInterface(this.#process.stdout)[Symbol.asyncIterator]();
  }

  static async begin(cgroup: string): Promise<Worker> {
    const worker = new Worker(cgroup);
    await worker.#answer();
    return worker;
  }

  async does(letter: Letter, path: string): Promise<number> {
    return this.#asked(`${letter} ${path}`);
  }

  /** At most eight, opened in mounts of their own: a bit for each that is refused. */
  async opensElsewhere(paths: readonly string[]): Promise<number> {
    return this.#asked(`n ${paths.join(" ")}`);
  }

  async ends(): Promise<void> {
    this.#process.stdin?.end();
    await once(this.#process, "exit");
  }

  async #asked(line: string): Promise<number> {
    this.#process.stdin?.write(`${line}\n`);
    return Number(await this.#answer());
  }

  async #answer(): Promise<string> {
    const next = await this.#answers.next();
    if (next.done === true) throw new Error("the worker ended");
    return next.value;
  }
}

/** As it is before each act. */
function prepare(letter: Letter, path: string): void {
  rmSync(path, { recursive: true, force: true });
  if (letter !== "c" && letter !== "m") writeFileSync(path, "");
}

class Trial {
  readonly told = new Set<string>();
  readonly #root = mkdtempSync("/run/pahlevan-folders-");
  readonly #chance = chances(7);
  readonly #opened = new Set<string>();
  readonly #wrong: string[] = [];
  #asked = 0;
  #denied = 0;

  constructor() {
    for (const folder of [...folders, "moved"])
      mkdirSync(join(this.#root, folder), { recursive: true });
    for (const folder of folders)
      for (const name of names) writeFileSync(join(this.#root, folder, name), "");
  }

  async run(worker: Worker, hold: (policy: Compiled) => void): Promise<Folders> {
    const [first, second, third] = policies(this.#root);
    if (first === undefined || second === undefined || third === undefined)
      throw new Error("there are three policies");
    await pause(SETTLED_MS);
    for (const policy of [first, second, third, first]) {
      hold(policy);
      await this.#round(worker, policy);
    }
    // A directory moves: its files are others by their paths.
    renameSync(join(this.#root, "b/x"), join(this.#root, "moved/x"));
    mkdirSync(join(this.#root, "b/x"));
    await this.#round(worker, first, [...folders, "moved/x"]);
    // Of one that is mounted elsewhere, too, each file has two paths.
    execFileSync("mount", ["--bind", join(this.#root, "b/y"), join(this.#root, "a/x")]);
    hold(third);
    await this.#round(worker, third);
    execFileSync("umount", [join(this.#root, "a/x")]);
    await this.#round(worker, third);
    await this.#elsewhere(worker, hold);
    const over = overlaid(this.#root);
    const above = compiled({ allowedPaths: [`${over}/**`] });
    hold(above);
    for (const name of names) await this.#ask(worker, above, "w", join(over, name));
    execFileSync("umount", [over]);
    // Not looked up yet: whether there is such a file is not known when its making is judged.
    mountOver(this.#root);
    const unmade = compiled({}, learnedAt(names.map((name) => join(over, name))));
    hold(unmade);
    for (const letter of ["o", "w", "o"] as const)
      for (const name of names) await this.#ask(worker, unmade, letter, join(over, name));
    execFileSync("umount", [over]);
    return {
      asked: this.#asked,
      denied: this.#denied,
      wrong: this.#wrong,
      below: [...this.told].filter((path) => path.includes("/lower/")),
      untold: [...this.#opened].filter((path) => !this.told.has(path)),
    };
  }

  close(): void {
    rmSync(this.#root, { recursive: true });
  }

  async #round(
    worker: Worker,
    policy: Compiled,
    within: readonly string[] = folders,
  ): Promise<void> {
    for (let round = 0; round < ROUNDS; round++) {
      const path = join(this.#root, this.#one(within), this.#one(names));
      const letter = this.#one(letters);
      if (letter === "r" || letter === "w") chmodSync(existing(path), 0o600);
      else prepare(letter, path);
      await this.#ask(worker, policy, letter, path);
      if (letter === "m") rmSync(path, { recursive: true, force: true });
    }
  }

  /**
   * One folder at many paths, and each act in mounts of its own: as these end with it, the kernel
   * gives the next one's the same addresses, and not in the same order.
   */
  async #elsewhere(worker: Worker, hold: (policy: Compiled) => void): Promise<void> {
    const places = Array.from({ length: 8 }, (_, place) => join(this.#root, `place-${place}`));
    for (const place of places) {
      mkdirSync(place);
      execFileSync("mount", ["--bind", join(this.#root, "b/y"), place]);
    }
    const half = compiled({ allowedPaths: places.slice(4).map((place) => `${place}/**`) });
    hold(half);
    await pause(SETTLED_MS);
    for (let round = 0; round < ROUNDS / 2; round++) {
      const paths = names.map((name) => join(this.#one(places), name));
      const refused = await worker.opensElsewhere(paths);
      for (const [bit, path] of paths.entries())
        this.#answered("n", path, this.#expected(half, "r", path), (refused >> bit) & 1);
    }
    for (const place of places) execFileSync("umount", [place]);
  }

  async #ask(worker: Worker, policy: Compiled, letter: Letter, path: string): Promise<void> {
    const expected = this.#expected(policy, letter, path);
    this.#answered(letter, path, expected, await worker.does(letter, path));
    if (expected === 0 && letter === "r") this.#opened.add(path);
  }

  #expected(policy: Compiled, letter: Letter, path: string): number {
    const actions = acts[letter].map(
      (access) => judge(policy, { facet: "file", access, path }).action,
    );
    return actions.includes("deny") ? EPERM : 0;
  }

  #answered(letter: string, path: string, expected: number, answer: number): void {
    this.#asked++;
    if (expected !== 0) this.#denied++;
    if (answer !== expected) this.#wrong.push(`${letter} ${path}: ${answer}, not ${expected}`);
  }

  #one<T>(list: readonly T[]): T {
    const value = list[Math.floor(this.#chance.next().value * list.length)];
    if (value === undefined) throw new Error("an empty list");
    return value;
  }
}

/** A container's: each file of it is copied up when it is first opened for writing. */
function overlaid(root: string): string {
  for (const folder of ["lower", "upper", "work", "over"]) mkdirSync(join(root, folder));
  for (const name of names) writeFileSync(join(root, "lower", name), "as it was");
  mountOver(root);
  return join(root, "over");
}

function mountOver(root: string): void {
  const layers = `lowerdir=${root}/lower,upperdir=${root}/upper,workdir=${root}/work`;
  execFileSync("mount", ["-t", "overlay", "-o", layers, "overlay", join(root, "over")]);
}

/** A file of that name, the same one where there is one. */
function existing(path: string): string {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) writeFileSync(path, "");
  return path;
}

async function trial(): Promise<Folders> {
  const hierarchy = await findHierarchy();
  const cgroup = join(hierarchy.mountPoint, "pahlevan-test-folders");
  mkdirSync(cgroup);
  const round = new Trial();
  const sensors = Sensors.start({
    hierarchy,
    guard: true,
    facetsOff: ["network", "syscall", "capability"],
    onRecord: (record) => {
      const event = decode(record);
      if (event?.detail.kind === "open") round.told.add(event.detail.path.value);
    },
  });
  try {
    const tables = new KernelTables(sensors);
    const worker = await Worker.begin(cgroup);
    const instance = sensors.instanceOf(statSync(cgroup, { bigint: true }).ino);
    let generation = 1;
    let { row } = tables.install(compiled({ defaultAction: "allow" }), generation);
    if (instance === undefined || !tables.hold(instance, row))
      throw new Error(`the kernel knows no instance in ${cgroup}`);
    const found = await round.run(worker, (policy) => {
      ({ row } = tables.replace(row, policy, ++generation));
    });
    await worker.ends();
    return found;
  } finally {
    sensors.close();
    round.close();
  }
}

if (import.meta.main) console.log(JSON.stringify(await trial()));
