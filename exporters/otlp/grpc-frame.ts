/** gRPC's frames: a byte that says whether it is compressed, four of length, the message. */
import { promisify } from "node:util";
import { gzip } from "node:zlib";

const compress = promisify(gzip);
const headBytes = 5;

export async function frameOf(message: Uint8Array, isGzip: boolean): Promise<Buffer> {
  const body = isGzip ? await compress(message) : message;
  const frame = Buffer.alloc(headBytes + body.length);
  frame.writeUInt8(Number(isGzip), 0);
  frame.writeUInt32BE(body.length, 1);
  frame.set(body, headBytes);
  return frame;
}

/** Of a unary call's answer, which is never compressed since nobody asked for that. */
export function messageIn(frames: Buffer): Uint8Array {
  if (frames.length < headBytes || frames.readUInt8(0) !== 0) return new Uint8Array();
  return frames.subarray(headBytes, headBytes + frames.readUInt32BE(1));
}
