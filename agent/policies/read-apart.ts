/**
 * Reads policies in a process of its own, which ends with the answer: the YAML parser and the
 * policies' schema take 20 MB that an agent would keep for an edit a week, and whatever a file does
 * to them, the agent goes on.
 */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { reasonOf } from "../store/error.ts";
import type { PolicyFile, ReadFile } from "./read-content.ts";
import type { Question } from "./reader.ts";

export interface ReadingApart {
  readonly nowMs: number;
  /** Whoever does not need the answer any more. */
  readonly signal?: AbortSignal;
  readonly patienceMs?: number;
  /** What the process runs instead; for tests. */
  readonly program?: readonly string[];
}

/** A thousand policies take two seconds, or ten where everybody else is busy, too. */
const usualPatienceMs = 120_000;
/**
 * A thousand policies take less than half of it; a megabyte of opening brackets takes 500. The
 * agent's unit may take 512, and ends when anybody in it is killed for more.
 */
const mostMegabytes = 256;
const reader = [
  "--disable-warning=ExperimentalWarning",
  `--max-old-space-size=${mostMegabytes}`,
  fileURLToPath(new URL("reader.ts", import.meta.url)),
];

/** What each file says, in their order. Rejects with the reason where there is no answer. */
export async function readApart(
  files: readonly PolicyFile[],
  { nowMs, signal, patienceMs = usualPatienceMs, program = reader }: ReadingApart,
): Promise<readonly ReadFile[]> {
  const late = AbortSignal.timeout(patienceMs);
  const child = spawn(process.execPath, program, {
    stdio: ["pipe", "pipe", "pipe"],
    killSignal: "SIGKILL",
    signal: signal ? AbortSignal.any([late, signal]) : late,
  });
  const ended = Promise.withResolvers<string>();
  ended.promise.catch(() => {}); // also where it is not waited for
  child.once("error", ended.reject);
  child.once("close", (code, by) => ended.resolve(by ?? `code ${code}`));
  // Who ends before it has heard everything says why by its end.
  child.stdin.on("error", () => {});
  const question: Question = { nowMs, files };
  child.stdin.end(JSON.stringify(question));
  try {
    const [how, answer, said] = await Promise.all([
      ended.promise,
      text(child.stdout),
      text(child.stderr),
    ]);
    if (how !== "code 0")
      throw new Error(`the process that reads policies ended: ${how}${lastWords(said)}`);
    return answerIn(answer, files.length);
  } catch (error) {
    if (!late.aborted) throw error;
    throw new Error(`reading took longer than ${patienceMs / 1000} s`, { cause: error });
  }
}

/** Of what V8 or Node say at an end: a stack trace and the version are nobody's news. */
function lastWords(said: string): string {
  if (/heap out of memory/.test(said)) return `; it takes more than ${mostMegabytes} MB`;
  const words = said.split("\n").find((line) => /^[A-Za-z]*Error\b/.test(line));
  return words === undefined ? "" : `; ${words.trim()}`;
}

function answerIn(answer: string, files: number): readonly ReadFile[] {
  try {
    const read: unknown = JSON.parse(answer);
    if (Array.isArray(read) && read.length === files && read.every(isReadFile)) return read;
  } catch (error) {
    throw new Error(`the process that reads policies answered no JSON: ${reasonOf(error)}`, {
      cause: error,
    });
  }
  throw new Error("the process that reads policies answered something else");
}

/** It is this very release that answers: deeper down it is as typed there. */
function isReadFile(value: unknown): value is ReadFile {
  return typeof value === "object" && value !== null && "policies" in value && "errors" in value;
}
