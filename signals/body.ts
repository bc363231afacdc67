/** A request's body, whole and as it was sent: of bounded size, in bounded time. */
import type { IncomingMessage } from "node:http";

/** Bytes of bodies that are being read or worked on, over all requests. */
export class Room {
  readonly limitBytes: number;
  #usedBytes = 0;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  take(bytes: number): boolean {
    if (this.#usedBytes + bytes > this.limitBytes) return false;
    this.#usedBytes += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#usedBytes -= bytes;
  }
}

export interface BodyLimits {
  readonly mostBytes: number;
  readonly withinMs: number;
  readonly room: Room;
}

export type Body =
  /** `done` gives its room back. */
  | { readonly bytes: Buffer; done(): void }
  | { readonly failed: "too large" | "no room" | "too slow" | "gone" };

export function readBody(request: IncomingMessage, limits: BodyLimits): Promise<Body> {
  const { promise, resolve } = Promise.withResolvers<Body>();
  const { mostBytes, withinMs, room } = limits;
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  let taken = 0;

  const end = (body: Body) => {
    clearTimeout(timer);
    request.off("data", onData).off("end", onEnd).off("error", onGone).off("close", onGone);
    // What still comes is not kept.
    request.on("error", () => {}).resume();
    resolve(body);
  };
  const giveBack = () => {
    room.give(taken);
    taken = 0;
  };
  const fail = (failed: "too large" | "no room" | "too slow" | "gone") => {
    chunks.length = 0;
    giveBack();
    end({ failed });
  };
  const onData = (chunk: Buffer) => {
    sizeBytes += chunk.length;
    if (sizeBytes > mostBytes) return fail("too large");
    if (!room.take(chunk.length)) return fail("no room");
    taken += chunk.length;
    chunks.push(chunk);
  };
  const onEnd = () => {
    const bytes = Buffer.concat(chunks);
    chunks.length = 0;
    end({ bytes, done: giveBack });
  };
  const onGone = () => fail("gone");
  const timer = setTimeout(() => fail("too slow"), withinMs);

  if (Number(request.headers["content-length"] ?? 0) > mostBytes) fail("too large");
  else request.on("data", onData).on("end", onEnd).on("error", onGone).on("close", onGone);
  return promise;
}
