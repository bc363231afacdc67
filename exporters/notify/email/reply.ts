/** What a mail server's refusal means: RFC 5321, 4.2.1. */
import type { Outcome } from "../teller.ts";

export function outcomeOfFailure(error: unknown): Outcome {
  const why = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
  const code = replyCode(error);
  if (code === undefined || code < 500) return { is: "again", why: why.slice(0, 300) };
  return { is: "refused", reason: `smtp_${code}`, why: why.slice(0, 300) };
}

/** Undefined where there was no answer: no connection, no TLS, no time. */
function replyCode(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("responseCode" in error)) return undefined;
  return typeof error.responseCode === "number" ? error.responseCode : undefined;
}
