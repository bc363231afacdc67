/**
 * The policies of a file or folder, kept up to date. Of a file that became wrong the last good
 * content stays in force, and that is said; what was deleted is gone at once.
 */
import { watch } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { reasonOf } from "../store/error.ts";
import { filesIn, isFolder } from "./folder.ts";
import { readPolicyFile } from "./policy-file.ts";
import { readApart } from "./read-apart.ts";
import type { PolicyFile, ReadFile, SourcedPolicy } from "./read-content.ts";

interface File {
  /** Undefined where it could not be read. */
  readonly content: string | undefined;
  readonly good: readonly SourcedPolicy[];
  readonly errors: readonly string[];
  /** When nobody could say what it says. */
  readonly failedMs?: number;
}

export interface PolicySourceOptions {
  readonly nowMs?: () => number;
  readonly read?: typeof readApart;
}

/** Editors write in steps, and a folder's files change together. */
const settlesMs = 100;
/** Where nobody tells of changes (a mounted ConfigMap's links, a network file system). */
const looksEveryMs = 5_000;

/** What could not be read for a reason of ours is read again, but not as often as it is looked. */
const readsAgainMs = 60_000;

export class PolicySource {
  readonly path: string;
  readonly #isFolder: boolean;
  readonly #nowMs: () => number;
  readonly #read: typeof readApart;
  readonly #stopped = new AbortController();
  #files: ReadonlyMap<string, File> = new Map();
  #policies: readonly SourcedPolicy[] = [];
  #wrong: readonly string[] = [];
  #problem: string | undefined;
  #running: Promise<unknown> = Promise.resolve();
  #next: Promise<boolean> | undefined;

  /** When it resolves, everything was read. */
  static async open(path: string, options: PolicySourceOptions = {}): Promise<PolicySource> {
    const source = new PolicySource(path, options);
    await source.read();
    return source;
  }

  private constructor(path: string, { nowMs = Date.now, read = readApart }: PolicySourceOptions) {
    this.path = resolve(path);
    this.#isFolder = isFolder(this.path);
    this.#nowMs = nowMs;
    this.#read = read;
  }

  /** Each name once: of two policies of one name the first file's counts. */
  get policies(): readonly SourcedPolicy[] {
    return this.#policies;
  }

  get problems(): readonly string[] {
    return this.#problem === undefined ? this.#wrong : [this.#problem, ...this.#wrong];
  }

  /**
   * Whether anything is other than before. One at a time: who asks meanwhile shares the one after
   * it, which will see what is new.
   */
  read(): Promise<boolean> {
    this.#next ??= this.#running.then(() => {
      this.#next = undefined;
      const now = this.#look();
      this.#running = now.catch(() => {});
      return now;
    });
    return this.#next;
  }

  async #look(): Promise<boolean> {
    const before = this.#files;
    let found: readonly PolicyFile[];
    const files = new Map<string, File>();
    try {
      // A mount that went away is nobody's wish to be without policies.
      if (this.#isFolder && !isFolder(this.path)) throw new Error("is not there any more");
      found = filesIn(this.path).flatMap((file) => this.#contentOf(file, files));
    } catch (error) {
      return this.#complain(`${this.path}: ${reasonOf(error)}; what it held stays in force`);
    }
    const isNew = ({ file, content }: PolicyFile) => !this.#isKnown(before.get(file), content);
    const read = await this.#readAll(found.filter(isNew));
    for (const { file } of found) {
      const is = read.get(file) ?? before.get(file);
      if (is !== undefined) files.set(file, is);
    }
    const isOther =
      files.size !== before.size || [...files].some(([name, file]) => before.get(name) !== file);
    if (isOther) this.#take(files);
    return this.#complain(undefined) || isOther;
  }

  /** Returns how to stop. */
  watch(onChange: () => void): () => void {
    let settling: NodeJS.Timeout | undefined;
    const { signal } = this.#stopped;
    const look = () => void this.read().then((isOther) => isOther && !signal.aborted && onChange());
    const soon = () => {
      clearTimeout(settling);
      settling = setTimeout(look, settlesMs);
      settling.unref();
    };
    const folder = this.#isFolder ? this.path : dirname(this.path);
    const watcher = watching(folder, (name) => {
      if (this.#isFolder || name === null || name === basename(this.path)) soon();
    });
    const timer = setInterval(look, looksEveryMs);
    timer.unref();
    return () => {
      clearTimeout(settling);
      clearInterval(timer);
      watcher?.close();
      this.#stopped.abort();
    };
  }

  #complain(problem: string | undefined): boolean {
    const isOther = problem !== this.#problem;
    this.#problem = problem;
    return isOther;
  }

  /** Where there is none, `files` has why. */
  #contentOf(file: string, files: Map<string, File>): PolicyFile[] {
    try {
      const content = readPolicyFile(file);
      // Its place in the order is this one.
      if (content !== undefined) files.set(file, unread);
      return content === undefined ? [] : [{ file, content }];
    } catch (error) {
      files.set(file, kept(this.#files.get(file), undefined, [`${file}: ${reasonOf(error)}`]));
      return [];
    }
  }

  #isKnown(before: File | undefined, content: string): boolean {
    if (before === undefined || before.content !== content) return false;
    return before.failedMs === undefined || this.#nowMs() - before.failedMs < readsAgainMs;
  }

  async #readAll(files: readonly PolicyFile[]): Promise<ReadonlyMap<string, File>> {
    if (files.length === 0) return new Map();
    const nowMs = this.#nowMs();
    const before = this.#files;
    const entry = ({ file, content }: PolicyFile, { policies, errors }: ReadFile) => {
      const is = errors.length > 0 ? kept(before.get(file), content, errors) : undefined;
      return [file, is ?? { content, good: policies, errors: [] }] as const;
    };
    try {
      const read = await this.#read(files, { nowMs, signal: this.#stopped.signal });
      return new Map(files.map((file, at) => entry(file, read[at] ?? nothing)));
    } catch (error) {
      const [only, ...others] = files;
      if (only === undefined || others.length > 0) return this.#readEach(files);
      const why = `${only.file}: cannot be read: ${reasonOf(error)}`;
      const last = kept(before.get(only.file), only.content, [why]);
      return new Map([[only.file, { ...last, failedMs: nowMs }]]);
    }
  }

  /** One of them is at fault, and the others are not to suffer for it. */
  async #readEach(files: readonly PolicyFile[]): Promise<ReadonlyMap<string, File>> {
    const all = new Map<string, File>();
    for (const file of files) {
      if (this.#stopped.signal.aborted) break;
      for (const [name, read] of await this.#readAll([file])) all.set(name, read);
    }
    return all;
  }

  #take(files: ReadonlyMap<string, File>): void {
    const all = [...files.values()];
    const named = Map.groupBy(
      all.flatMap(({ good }) => good),
      ({ policy: { namespace, name } }) => `${namespace}/${name}`,
    );
    const twice = [...named.values()].flatMap(([first, ...others]) =>
      others.map(
        ({ place, policy: { name, namespace } }) =>
          `${place}: policy ${name}: ${first?.place} has this name in ${namespace} already`,
      ),
    );
    this.#files = files;
    this.#policies = [...named.values()].flatMap(([first]) => first ?? []);
    this.#wrong = [...all.flatMap(({ errors }) => errors), ...twice];
  }
}

const unread: File = { content: undefined, good: [], errors: [] };
const nothing: ReadFile = { policies: [], errors: [] };

function kept(before: File | undefined, content: File["content"], wrong: readonly string[]): File {
  const good = before?.good ?? [];
  const but = good.length > 0 ? " (the last good content of the file stays in force)" : "";
  const errors = wrong.map((says) => `${says}${but}`);
  const isSame = before?.content === content && before?.errors.join() === errors.join();
  return before !== undefined && isSame ? before : { content, good, errors };
}

function watching(folder: string, onEvent: (name: string | null) => void) {
  try {
    const watcher = watch(folder, { persistent: false }, (_, name) => onEvent(name));
    // Whatever ends it, the timer still looks.
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
