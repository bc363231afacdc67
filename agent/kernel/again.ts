/**
 * What was interrupted is done again: EAGAIN and EINTR tell of a signal or of a busy kernel, not of
 * what it takes. The addon keeps signals away; a stop, a freeze or a debugger still gets through.
 */
import type { ProbeResult } from "@pahlevan/native";

/** Then it is not by chance, and counts as a refusal. */
const MOST_ATTEMPTS = 10;

/** Does it again where that ended it; anything else it throws flies on. */
export function again<Result>(step: () => Result): Result {
  for (let attempt = 1; ; attempt++) {
    try {
      return step();
    } catch (error) {
      if (attempt === MOST_ATTEMPTS || !wasInterrupted(error)) throw error;
    }
  }
}

/** The same for a question to the kernel, whose failures are answers. */
export function askedAgain(ask: () => ProbeResult): ProbeResult {
  let answer = ask();
  for (let asked = 1; asked < MOST_ATTEMPTS && isInterruption(answer.code); asked++) answer = ask();
  return answer;
}

function wasInterrupted(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ("code" in error && isInterruption(error.code)) || wasInterrupted(error.cause);
}

function isInterruption(code: unknown): boolean {
  return code === "EAGAIN" || code === "EINTR";
}
