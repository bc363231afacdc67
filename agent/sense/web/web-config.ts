/**
 * The web configuration of the listener, kept up to date with its file and with the files that it
 * names. One that became wrong changes nothing: the last good one stays in use, and that is told.
 */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { readYaml } from "../../policies/yaml.ts";
import { reasonOf } from "../../store/error.ts";
import { readWebFile, type WebFile } from "./format.ts";
import { tlsOf, type Tls } from "./tls.ts";

export interface Web {
  /** Absent: HTTP in the clear. */
  readonly tls: Tls | undefined;
  /** Hashes of passwords by user; empty: nobody is asked for one. */
  readonly users: ReadonlyMap<string, string>;
  readonly headers: ReadonlyMap<string, string>;
}

/** What is wrong with a web configuration. */
export class WebConfigError extends Error {}

/** What a file holds, or why that cannot be told. */
interface Content {
  readonly text?: string;
  readonly why?: string;
}
/** Of each file that was read, or was to be. */
type Contents = Map<string, Content>;

/** So long may a change take to be seen. */
const lookMs = 1_000;

export class WebConfig {
  readonly #path: string;
  readonly #complain: (says: string) => void;
  #contents: Contents;
  #current: Web;
  #lookedMs: number;
  #problem: string | undefined;

  /** Throws a WebConfigError for what cannot be used. */
  constructor(path: string, nowMs: number, complain: (says: string) => void) {
    this.#path = resolve(path);
    this.#complain = complain;
    this.#contents = new Map();
    this.#current = readWeb(this.#path, this.#contents);
    this.#lookedMs = nowMs;
  }

  current(nowMs: number): Web {
    if (Math.abs(nowMs - this.#lookedMs) >= lookMs) this.#look(nowMs);
    return this.#current;
  }

  /** Why what was changed is not in use. */
  problems(): readonly string[] {
    return this.#problem === undefined ? [] : [this.#problem];
  }

  #look(nowMs: number): void {
    this.#lookedMs = nowMs;
    const before = this.#contents;
    const contents = new Map([...before.keys()].map((file) => [file, contentOf(file)]));
    if ([...before].every(([file, content]) => isSame(content, contents.get(file)))) return;
    this.#contents = contents;
    try {
      const next = readWeb(this.#path, contents);
      expectNoLess(this.#current, next, this.#path);
      this.#current = next;
      this.#problem = undefined;
    } catch (error) {
      this.#problem = `${reasonOf(error)}; what was before stays in use`;
      this.#complain(this.#problem);
    }
  }
}

/** Each file is read once; those that it names are added to `contents`. */
function readWeb(path: string, contents: Contents): Web {
  const read = (file: string) => {
    const content = contents.get(file) ?? contentOf(file);
    contents.set(file, content);
    if (content.text === undefined) throw new WebConfigError(`not to be read: ${content.why}`);
    return content.text;
  };
  const {
    tls_server_config: part,
    http_server_config,
    basic_auth_users,
  } = parsed(path, read(path));
  const folder = dirname(path);
  try {
    return {
      tls: part && tlsOf(part, (name) => read(resolve(folder, name))),
      users: new Map(Object.entries(basic_auth_users ?? {})),
      headers: new Map(
        Object.entries(http_server_config?.headers ?? {}).flatMap(([name, value]) =>
          value ? [[name, value]] : [],
        ),
      ),
    };
  } catch (error) {
    throw new WebConfigError(`${path}: tls_server_config: ${reasonOf(error)}`, { cause: error });
  }
}

function parsed(path: string, content: string): WebFile {
  const { documents, errors } = readYaml(content);
  const [document, ...more] = documents;
  const wrong = errors.map(({ line, says }) => `${path}:${line}: ${says}`);
  if (more.length > 0) wrong.push(`${path}: it holds more than one document`);
  const file = readWebFile(document?.value ?? {});
  if ("problems" in file)
    for (const { path: at, says } of file.problems)
      wrong.push(`${path}:${document?.lineOf(at) ?? 1}: ${says}`);
  if (wrong.length > 0 || "problems" in file) throw new WebConfigError(wrong.join("\n"));
  return file;
}

/** A file is empty for a moment while it is written, and nobody's wish is to be open meanwhile. */
function expectNoLess(before: Web, next: Web, path: string): void {
  const takes = (what: string) => new WebConfigError(`${path}: ${what} with a restart only`);
  if (before.tls?.clientAuth !== next.tls?.clientAuth)
    throw takes("TLS goes on or off, and client_auth_type changes,");
  if (before.users.size > 0 && next.users.size === 0)
    throw takes("the last of basic_auth_users goes");
}

function contentOf(file: string): Content {
  try {
    return { text: readFileSync(file, "utf8") };
  } catch (error) {
    return { why: reasonOf(error) };
  }
}

function isSame(one: Content, other: Content = {}): boolean {
  return one.text === other.text && one.why === other.why;
}
