/**
 * The policies of a file or folder, kept up to date. Of a file that became wrong the last good
 * content stays in force, and that is said; what was deleted is gone at once.
 */
import { watch } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { normalise } from "@pahlevan/core/policy/normalise.ts";
import { parsePolicy } from "@pahlevan/core/policy/parse.ts";
import type { Policy } from "@pahlevan/core/policy/policy.ts";
import { problemText } from "@pahlevan/core/policy/problem.ts";
import { reasonOf } from "../store/error.ts";
import { documentsIn, filesIn, isFolder, isPolicy, type Found } from "./documents.ts";
import { readPolicyFile } from "./policy-file.ts";
import { vocabulary } from "./vocabulary.ts";

export interface SourcedPolicy {
  /** "nginx.yaml:2" */
  readonly place: string;
  readonly policy: Policy;
}

interface File {
  /** Undefined where it could not be read. */
  readonly content: string | undefined;
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
  #policies: readonly SourcedPolicy[] = [];
  #wrong: readonly string[] = [];
  #problem: string | undefined;

  constructor(path: string, nowMs: () => number = Date.now) {
    this.path = resolve(path);
    this.#isFolder = isFolder(this.path);
    this.#nowMs = nowMs;
    this.read();
  }

  /** Each name once: of two policies of one name the first file's counts. */
  get policies(): readonly SourcedPolicy[] {
    return this.#policies;
  }

  get problems(): readonly string[] {
    return this.#problem === undefined ? this.#wrong : [this.#problem, ...this.#wrong];
  }

  /** Whether anything is other than before. */
  read(): boolean {
    const before = this.#files;
    const files = new Map<string, File>();
    try {
      // A mount that went away is nobody's wish to be without policies.
      if (this.#isFolder && !isFolder(this.path)) throw new Error("is not there any more");
      for (const file of filesIn(this.path)) {
        const read = this.#readFile(file, before.get(file));
        if (read !== undefined) files.set(file, read);
      }
    } catch (error) {
      return this.#complain(`${this.path}: ${reasonOf(error)}; what it held stays in force`);
    }
    const isOther =
      files.size !== before.size || [...files].some(([name, file]) => before.get(name) !== file);
    if (isOther) this.#take(files);
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
    let content: string | undefined;
    try {
      content = readPolicyFile(file);
    } catch (error) {
      return kept(before, undefined, [`${file}: ${reasonOf(error)}`]);
    }
    if (content === undefined) return undefined;
    if (content === before?.content) return before;
    const { found, errors } = documentsIn(file, content);
    const read = found.filter(isPolicy).map((each) => policyIn(each, this.#nowMs()));
    const wrong = [...errors, ...read.flatMap((each) => ("errors" in each ? each.errors : []))];
    if (wrong.length > 0) return kept(before, content, wrong);
    return { content, good: read.flatMap((each) => ("policy" in each ? [each] : [])), errors: [] };
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

function kept(before: File | undefined, content: File["content"], wrong: readonly string[]): File {
  const good = before?.good ?? [];
  const but = good.length > 0 ? " (the last good content of the file stays in force)" : "";
  const errors = wrong.map((says) => `${says}${but}`);
  const isSame = before?.content === content && before?.errors.join() === errors.join();
  return before !== undefined && isSame ? before : { content, good, errors };
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
