/** Many items in requests of a bounded size, halved where the peer says that one is too large. */
import type { Answered } from "./intake.ts";

export interface Limits {
  readonly items: number;
  readonly bytes: number;
}

/** Of one item that was to be sent. */
export type Fate<T> = { readonly item: T } & Answered;

/** In their order; what is larger than a request by itself gets one by itself. */
export function chunksOf<T extends { readonly json: string }>(
  items: readonly T[],
  most: Limits,
): T[][] {
  const chunks: T[][] = [];
  let sizeBytes = Infinity;
  for (const item of items) {
    // A comma, and the brackets around all.
    const itemBytes = Buffer.byteLength(item.json) + 1;
    const last = chunks.at(-1);
    if (last && last.length < most.items && sizeBytes + itemBytes <= most.bytes) {
      last.push(item);
      sizeBytes += itemBytes;
    } else {
      chunks.push([item]);
      sizeBytes = itemBytes + envelopeBytes;
    }
  }
  return chunks;
}

const envelopeBytes = 64;

/**
 * One request after another. After one that is to be tried again the others are not asked: the
 * peer wants peace, and they would be out of order.
 */
export async function sendChunks<T>(
  chunks: readonly (readonly T[])[],
  post: (items: readonly T[]) => Promise<Answered>,
): Promise<Fate<T>[]> {
  const waiting = [...chunks];
  const fates: Fate<T>[] = [];
  for (let chunk = waiting.shift(); chunk; chunk = waiting.shift()) {
    const answered = await post(chunk);
    if (answered.meaning === "halve" && chunk.length > 1) {
      const half = Math.ceil(chunk.length / 2);
      waiting.unshift(chunk.slice(0, half), chunk.slice(half));
      continue;
    }
    const meaning = answered.meaning === "halve" ? "refused" : answered.meaning;
    const left = meaning === "again" ? [...chunk, ...waiting.splice(0).flat()] : chunk;
    fates.push(...left.map((item) => ({ ...answered, item, meaning })));
  }
  return fates;
}
