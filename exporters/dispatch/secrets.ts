/** Where a setting's value is: in the environment, in a file, or (not for secrets) in the text. */
import { readFileSync } from "node:fs";

export type Environment = Readonly<Record<string, string | undefined>>;

export type Found =
  | { readonly value: string; readonly isWrittenOut?: true }
  | { readonly problem: string };

const mostBytes = 64 << 10;

/** Never says what it found. */
export function found(text: string, environment: Environment): Found {
  const [, variable] = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(text) ?? [];
  if (variable !== undefined) {
    const value = environment[variable];
    return value === undefined ? { problem: `names \${${variable}}, which is not set` } : { value };
  }
  const [, path] = /^file:(\/.*)$/s.exec(text) ?? [];
  if (path === undefined) return { value: text, isWrittenOut: true };
  try {
    const content = readFileSync(path, "utf8").slice(0, mostBytes);
    return { value: content.replace(/\r?\n$/, "") };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    return { problem: `names ${path}, which cannot be read (${code})` };
  }
}
