/** Less of a record, for a message that has to be short: never less than who did what, and why. */
import type { Line } from "../../record.ts";

type Cut = Line & { readonly cut?: true };

/** The record, and what may stand for it where it is too long, which says so by `cut`. */
export function* fitting(line: Line): Generator<Cut> {
  yield line;
  if (!("process" in line) || line.process === undefined) return;
  const { args: _args, cwd: _cwd, ...process } = line.process;
  yield { ...line, process, detail: {}, cut: true };
}
