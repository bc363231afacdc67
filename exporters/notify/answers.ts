/** What a peer's answer to one message means. */
import { reportOf, type HttpAnswer } from "../delivery/http.ts";
import type { Outcome } from "./teller.ts";

export function outcomeOf(answer: HttpAnswer, nowMs: number): Outcome {
  const { why, refused, afterMs } = reportOf(answer, [], nowMs);
  if (why === undefined) return { is: "told" };
  const [reason] = Object.keys(refused);
  return reason === undefined ? { is: "again", why, afterMs } : { is: "refused", reason, why };
}

/** A field of an answer in JSON, where it is text. */
export function fieldOf({ body }: Pick<HttpAnswer, "body">, name: string): string {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed !== "object" || parsed === null) return "";
    const [, value] = Object.entries(parsed).find(([key]) => key === name) ?? [];
    return typeof value === "string" ? value : "";
  } catch {
    return "";
  }
}
