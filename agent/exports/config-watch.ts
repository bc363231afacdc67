/**
 * Tells when the file of settings is another one: an editor's, or a ConfigMap's that was swapped.
 */
import { statSync } from "node:fs";

const lookMs = 2_000;

export function watchFile(file: string, changed: () => void): () => void {
  let before = stampOf(file);
  const timer = setInterval(() => {
    const now = stampOf(file);
    if (now === before) return;
    before = now;
    changed();
  }, lookMs);
  timer.unref();
  return () => clearInterval(timer);
}

function stampOf(file: string): string {
  try {
    const { ino, mtimeMs, size } = statSync(file);
    return `${ino} ${mtimeMs} ${size}`;
  } catch {
    return "";
  }
}
