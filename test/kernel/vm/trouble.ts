/** Reads a kernel's console: has it complained, and what does a person need to see of it? */

const complaint =
  /Kernel panic|Oops: |kernel BUG|BUG: |\] WARNING: (CPU|\S+:\d+ at )|protection fault/;
const TAIL_LINES = 60;
const BEFORE_LINES = 5;

/** Panics, oopses and warnings (BPF's too); the console of a sound run holds none. */
export function inTrouble(console: string): boolean {
  return complaint.test(console);
}

/** The lines from just before the first complaint on, or else the last ones. */
export function excerpt(console: string): string {
  const at = console.search(complaint);
  if (at < 0) return tail(console);
  const after = console.slice(at).split("\n").slice(0, TAIL_LINES).join("\n");
  return tail(console.slice(0, at), BEFORE_LINES) + after.trimEnd();
}

export function tail(text: string, lines = TAIL_LINES): string {
  return text.split("\n").slice(-lines).join("\n");
}
