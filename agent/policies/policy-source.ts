/**
 * The policies of a file or folder, kept up to date. Of a file that became wrong the last good
 * content stays in force, and that is said; what was deleted is gone at once.
 */
import { existsSync, readFileSync, watch } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { normalise } from "@pahlevan/core/policy/normalise.ts";
import { parsePolicy } from "@pahlevan/core/policy/parse.ts";
import type { Policy } from "@pahlevan/core/policy/policy.ts";
import { problemText } from "@pahlevan/core/policy/problem.ts";
import { documentsIn, filesIn, isFolder, isPolicy, type Found } from "./documents.ts";
import { vocabulary } from "./vocabulary.ts";

export interface SourcedPolicy {
  /** "nginx.yaml:2" */
  readonly place: string;
  readonly policy: Policy;
}

interface File {
  readonly content: string;
  readonly good: readonly SourcedPolicy[];
  readonly errors: readonly string[];
}

/** Editors write in steps, and a folder's files change together. */
const settlesMs = 100;
/** Where nobody tells of changes (a mounted ConfigMap's links, a network file system). */
const looksEveryMs = 5_000;

export class PolicySource {
  readonly path: string;
  readonly #isFolder: boolean;
  readonly #nowMs: () => number;
  #files: ReadonlyMap<string, File> = new Map();
  #problem: string | undefined;

  constructor(path: string, nowMs: () => number = Date.now) {
    this.path = resolve(path);
    this.#isFolder = isFolder(this.path);
    this.#nowMs = nowMs;
    this.read();
  }

  /** Each name once: of two policies of one name the first file's counts. */
  get policies(): readonly SourcedPolicy[] {
    return [...this.#byName().values()].flatMap(([first]) => first ?? []);
  }

  get problems(): readonly string[] {
    const twice = [...this.#byName().values()].flatMap(([first, ...others]) =>
      others.map(
        ({ place, policy: { name, namespace } }) =>
          `${place}: policy ${name}: ${first?.place} has this name in ${namespace} already`,
      ),
    );
    const errors = [...this.#files.values()].flatMap((file) => file.errors);
    return [...(this.#problem === undefined ? [] : [this.#problem]), ...errors, ...twice];
  }

  /** Whether anything is other than before. */
  read(): boolean {
    if (!existsSync(this.path) && this.#isFolder) {
      // A mount that went away is nobody's wish to be without policies.
      return this.#complain(`${this.path}: is not there any more; what it held stays in force`);
    }
    const before = this.#files;
    const files = new Map<string, File>();
    for (const file of filesIn(this.path)) {
      const read = this.#readFile(file, before.get(file));
      if (read !== undefined) files.set(file, read);
    }
    const isOther =
      files.size !== before.size || [...files].some(([name, file]) => before.get(name) !== file);
    this.#files = files;
    return this.#complain(undefined) || isOther;
  }

  /** Returns how to stop. */
  watch(onChange: () => void): () => void {
    let settling: NodeJS.Timeout | undefined;
    const look = () => void (this.read() && onChange());
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
    };
  }

  #complain(problem: string | undefined): boolean {
    const isOther = problem !== this.#problem;
    this.#problem = problem;
    return isOther;
  }

  #readFile(file: string, before: File | undefined): File | undefined {
    let content: string;
    try {
      content = readFileSync(file, "utf8");
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      const says = `${file}: ${error instanceof Error ? error.message : String(error)}`;
      return kept(before, "", [says]);
    }
    if (content === before?.content) return before;
    const { found, errors } = documentsIn(file, content);
    const read = found.filter(isPolicy).map((each) => policyIn(each, this.#nowMs()));
    const wrong = [...errors, ...read.flatMap((each) => ("errors" in each ? each.errors : []))];
    if (wrong.length > 0) return kept(before, content, wrong);
    return { content, good: read.flatMap((each) => ("policy" in each ? [each] : [])), errors: [] };
  }

  #byName(): Map<string, SourcedPolicy[]> {
    const all = [...this.#files.values()].flatMap(({ good }) => good);
    return Map.groupBy(all, ({ policy: { namespace, name } }) => `${namespace}/${name}`);
  }
}

function kept(before: File | undefined, content: string, errors: readonly string[]): File {
  const good = before?.good ?? [];
  const but = good.length > 0 ? " (the last good content of the file stays in force)" : "";
  return { content, good, errors: errors.map((says) => `${says}${but}`) };
}

function policyIn(
  { file, document, within, object }: Found,
  nowMs: number,
): SourcedPolicy | { readonly errors: readonly string[] } {
  const { name, policy, problems } = parsePolicy(object, { ...vocabulary, nowMs });
  const lineOf = (path: readonly (string | number)[]) => document.lineOf([...within, ...path]);
  if (policy !== undefined) return { place: `${file}:${lineOf([])}`, policy: normalise(policy) };
  return {
    errors: problems
      .filter(({ severity }) => severity === "error")
      .map((problem) => `${file}:${lineOf(problem.path)}: ${problemText(name, problem)}`),
  };
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
