/** The other end of the control socket. */
import { connect, type Socket } from "node:net";
import type { Move, Moved, Request } from "./control-protocol.ts";
import { linesOf } from "./lines.ts";

/** Undefined when no agent answers there. Other failures (no permission) throw. */
export async function connectTo(path: string): Promise<Socket | undefined> {
  const socket = connect(path);
  const { promise, resolve, reject } = Promise.withResolvers<Socket | undefined>();
  socket.once("connect", () => resolve(socket));
  socket.once("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ECONNREFUSED") resolve(undefined);
    else reject(error);
  });
  return promise;
}

/**
 * Sends the request; the answer's lines, until either side ends. Reading slowly slows the socket.
 */
export async function* ask(socket: Socket, request: Request): AsyncGenerator<string> {
  socket.write(`${JSON.stringify(request)}\n`);
  yield* linesOf(socket);
}

export interface RunningAgent {
  readonly pid: number;
  readonly version: string;
  readonly [more: string]: unknown;
}

/** What a running agent says about itself, or undefined where none answers in time. */
export async function askStatus(path: string, waitMs = 2_000): Promise<RunningAgent | undefined> {
  const socket = await connectTo(path);
  if (socket === undefined) return undefined;
  socket.setTimeout(waitMs, () => socket.destroy());
  socket.on("error", () => undefined);
  try {
    for await (const line of ask(socket, { status: true })) {
      const answer: unknown = JSON.parse(line);
      if (isRunningAgent(answer)) return answer;
    }
    return undefined;
  } finally {
    socket.destroy();
  }
}

/**
 * What an agent's loops make of a move. Throws with the agent's words where it refuses it whole.
 */
export async function askToMove(path: string, move: Move): Promise<readonly Moved[]> {
  const socket = await connectTo(path);
  if (socket === undefined) throw new Error(`no agent answers at ${path}`);
  socket.on("error", () => undefined);
  try {
    for await (const line of ask(socket, { move })) {
      const answer: unknown = JSON.parse(line);
      if (Array.isArray(answer)) return answer.filter(isMoved);
      if (typeof answer === "object" && answer !== null && "error" in answer)
        throw new Error(String(answer.error));
    }
    throw new Error("the agent ended before it answered");
  } finally {
    socket.destroy();
  }
}

function isMoved(value: unknown): value is Moved {
  const has = (name: string) => typeof value === "object" && value !== null && name in value;
  return has("workload") && has("policy") && has("outcome") && has("says");
}

function isRunningAgent(answer: unknown): answer is RunningAgent {
  return (
    typeof answer === "object" &&
    answer !== null &&
    "pid" in answer &&
    typeof answer.pid === "number" &&
    "version" in answer &&
    typeof answer.version === "string"
  );
}
