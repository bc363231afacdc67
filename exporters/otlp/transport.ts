/** How a message gets to the peer, and what the peer makes of it. */

export type Outcome =
  /** The answer's own message may say that not all was taken. */
  | { readonly is: "taken"; readonly answer: Uint8Array }
  | { readonly is: "again"; readonly why: string; readonly afterMs?: number }
  /** `too_large`: of several records, fewer may be taken. */
  | { readonly is: "refused"; readonly reason: string; readonly why: string };

export const tooLarge = "too_large";

export interface Transport {
  /** Rejects where the peer did not answer. */
  carry(message: Uint8Array, signal: AbortSignal): Promise<Outcome>;
  close(): void;
}

const mostWords = 200;

/** What a peer says of itself, as much as stands in a log's line. */
export function fewWords(text: string): string {
  return text.length > mostWords ? `${text.slice(0, mostWords)}…` : text;
}
