/**
 * DogStatsD's receiving end in tests: real sockets, and what its page says of packets and lines
 * (docs.datadoghq.com/extend/dogstatsd/datagram_shell and /unix_socket). No agent of Datadog's:
 * none is to be had here.
 */
import { createSocket } from "node:dgram";
import { rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";

export class DogstatsdServer implements AsyncDisposable {
  readonly packets: Buffer[] = [];
  readonly url: string;
  readonly #end: () => Promise<void>;

  private constructor(url: string, end: () => Promise<void>) {
    this.url = url;
    this.#end = end;
  }

  static async udp(port = 0): Promise<DogstatsdServer> {
    const socket = createSocket("udp4");
    await new Promise<void>((done) => socket.bind(port, "127.0.0.1", done));
    const end = () => new Promise<void>((done) => socket.close(() => done()));
    const server = new DogstatsdServer(`udp://127.0.0.1:${socket.address().port}`, end);
    socket.on("message", (packet) => server.packets.push(packet));
    return server;
  }

  /** One that `endsAfter` so many packets ends the connection, as an agent does that is killed. */
  static async stream(path: string, { endsAfter = Infinity } = {}): Promise<DogstatsdServer> {
    const sockets = new Set<Socket>();
    const listening = createServer((socket) => {
      sockets.add(socket);
      let rest = Buffer.alloc(0);
      socket.on("data", (data) => {
        rest = Buffer.concat([rest, data]);
        while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32LE()) {
          const end = 4 + rest.readUInt32LE();
          if (server.packets.length < endsAfter) server.packets.push(rest.subarray(4, end));
          if (server.packets.length >= endsAfter) socket.destroy();
          rest = rest.subarray(end);
        }
      });
      socket.on("error", () => {});
    });
    const server = new DogstatsdServer(`unixstream://${path}`, async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => listening.close(done));
      rmSync(path, { force: true });
    });
    await new Promise<void>((done) => listening.listen(path, done));
    return server;
  }

  get lines(): string[] {
    return this.packets.flatMap((packet) => packet.toString().split("\n"));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#end();
  }
}

const tag = String.raw`[\p{L}][\p{L}\p{N}_\-:./]*`;
const tags = String.raw`(\|#${tag}(,${tag})*)?`;
const metric = new RegExp(
  String.raw`^[a-zA-Z][\w.]*:-?\d+(\.\d+)?(e-?\d+)?\|[cgd](\|@0?\.\d+)?${tags}$`,
  "u",
);
const check = new RegExp(String.raw`^_sc\|[\w.]+\|[0-3]\|d:\d+${tags}\|m:[^|]*$`, "u");
const event = /^_e\{(\d+),(\d+)\}:/;

/** Throws where the protocol has no such line. */
export function judgeLine(line: string): void {
  if (metric.test(line) || check.test(line)) return;
  const [begin, title, text] = event.exec(line) ?? [];
  if (begin === undefined) throw new Error(`no line of DogStatsD: ${line}`);
  // Lengths are of bytes.
  const rest = Buffer.from(line.slice(begin.length));
  const bar = rest.subarray(Number(title), Number(title) + 1).toString();
  const end = rest.subarray(Number(title) + 1 + Number(text)).toString();
  const fields = new RegExp(
    String.raw`^\|d:\d+\|k:[^|]+\|s:\w+\|t:(info|warning|error)${tags}$`,
    "u",
  );
  if (bar !== "|" || !fields.test(end)) throw new Error(`an event with wrong lengths: ${line}`);
}
