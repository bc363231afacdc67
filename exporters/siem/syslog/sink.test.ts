import { execFileSync, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { aroundOf, settingsOf } from "../../../test/exporters/settings-of.ts";
import { examples } from "../../examples.ts";
import { Outgoing } from "../../record.ts";
import type { Values } from "../../settings.ts";
import { syslog } from "./sink.ts";

const time = "2026-11-22T14:03:07.123456789Z";
const never = new AbortController().signal;

const around = aroundOf({ cluster: "" });

type Settings = Values<typeof syslog.keys>;

const usual: Settings = settingsOf(syslog.keys, {
  ...{ url: "tcp://siem.example", format: "json", facility: "local0", timeout: "60s" },
});

function records(prefix = "example"): Outgoing[] {
  return examples(time, prefix).map((line) => Outgoing.of(line));
}

/** A server that only takes: its connections, and all that came by each. */
class Taker implements AsyncDisposable {
  readonly connections: { socket: Socket; text: string }[] = [];
  readonly #server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    const connection = { socket, text: "" };
    this.connections.push(connection);
    socket.on("error", () => {}).setEncoding("utf8");
    socket.on("data", (text: string) => (connection.text += text));
  });

  async listen(port = 0): Promise<this> {
    this.#server.listen(port, "127.0.0.1");
    await once(this.#server, "listening");
    return this;
  }

  get port(): number {
    const address: AddressInfo | string | null = this.#server.address();
    return typeof address === "object" ? (address?.port ?? 0) : 0;
  }

  /** Of the messages, what each says. */
  said(at = 0): unknown[] {
    const said: unknown[] = [];
    let rest = Buffer.from(this.connections[at]?.text ?? "");
    while (rest.length > 0) {
      const space = rest.indexOf(" ");
      const end = space + 1 + Number(rest.toString("utf8", 0, space));
      if (end > rest.length) break;
      const message = rest.toString("utf8", space + 1, end);
      said.push(JSON.parse(message.slice(message.indexOf("{"))));
      rest = rest.subarray(end);
    }
    return said;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { socket } of this.connections) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}

describe("a syslog sink over TCP", () => {
  let taker: Taker;
  beforeEach(async () => (taker = await new Taker().listen()));
  afterEach(() => taker[Symbol.asyncDispose]());

  const sink = (settings: Partial<Settings> = {}) =>
    syslog.make({ ...usual, url: `tcp://127.0.0.1:${taker.port}`, ...settings }, around);

  it("counts the octets of each message", async () => {
    const batch = records("ü");
    expect(await sink().send(batch, never)).toEqual({ sent: 6, again: [], refused: {} });
    await expect.poll(() => taker.said()).toMatchObject(batch.map(({ line }) => line));
  });

  it("ends each with a line's end where that is wished", async () => {
    await sink({ framing: "newline", format: "rfc5424" }).send(records(), never);
    await expect.poll(() => taker.connections[0]?.text.split("\n").length).toBe(7);
    for (const line of taker.connections[0]?.text.trim().split("\n") ?? [])
      expect(line).toMatch(/^<\d+>1 .*\]/);
  });

  it("keeps one connection for many batches", async () => {
    const one = sink();
    for (const prefix of ["a", "b", "c"]) await one.send(records(prefix), never);
    await expect.poll(() => taker.said().length).toBe(18);
    expect(taker.connections).toHaveLength(1);
  });

  it("sees that the server has ended the connection before it writes, and makes another", async () => {
    const one = sink();
    await one.send(records("a"), never);
    await expect.poll(() => taker.said(0).length).toBe(6);
    const ended = once(taker.connections[0]!.socket, "finish");
    taker.connections[0]!.socket.end();
    await ended;
    // The server's end is on its way to us; this is what comes after it.
    await once(taker.connections[0]!.socket, "end");
    expect(await one.send(records("b"), never)).toMatchObject({ sent: 6 });
    await expect.poll(() => taker.said(1)).toMatchObject(records("b").map(({ line }) => line));
  });

  it("tries again what a cut connection did not take, and what came before was sent", async () => {
    const one = sink({ timeout: 300 });
    await one.send(records(), never);
    await expect.poll(() => taker.connections.length).toBe(1);
    taker.connections[0]!.socket.pause();
    const many = Array.from({ length: 30_000 }, (_, at) => records(`r${at}-`)[0]!);
    const { sent, again, why } = await one.send(many, never);
    expect(why).toContain("takes no more");
    expect(sent).toBeGreaterThan(0);
    expect(again).toEqual(many.slice(sent));
    // Half a message may have gone: the next one begins on a connection of its own.
    expect(await one.send(records("later"), never)).toMatchObject({ sent: 6 });
    await expect.poll(() => taker.said(1)).toHaveLength(6);
  });

  it("tries all again while nobody listens, and says where", async () => {
    const one = sink();
    const { port } = taker;
    await taker[Symbol.asyncDispose]();
    const report = await one.send(records(), never);
    expect(report).toMatchObject({ sent: 0, again: { length: 6 } });
    expect(report.why).toMatch(`127.0.0.1:${port}`);
    await expect(one.check(never)).rejects.toThrow("ECONNREFUSED");
    taker = await new Taker().listen(port);
    expect(await one.send(report.again, never)).toMatchObject({ sent: 6 });
    expect(await one.check(never)).toContain("by TCP, in the clear");
  });

  it("leaves arguments out where the message is too long, and says so", async () => {
    const [decision] = examples(time);
    const args = Array.from({ length: 500 }, () => "argument");
    const process = { ...{ pid: 1, start: "1", exe: "/x", uid: 0 }, args };
    const batch = [Outgoing.of({ ...decision!, ...{ process } })];
    const one = sink({ "message-bytes": 2_048 });
    expect(await one.send(batch, never)).toEqual({ sent: 1, again: [], refused: {} });
    await expect.poll(() => taker.said().length).toBe(1);
    expect(taker.said()).toMatchObject([{ id: "example-1", cut: true, process: { exe: "/x" } }]);
    expect(JSON.stringify(taker.said())).not.toContain("argument");
  });

  it("refuses what is too long in any form, and sends the others", async () => {
    const [decision, ...others] = examples(time);
    const batch = [{ ...decision!, ...{ object: "x".repeat(9_000) } }, ...others];
    const report = await sink().send(
      batch.map((line) => Outgoing.of(line)),
      never,
    );
    expect(report).toMatchObject({ sent: 5, again: [], refused: { too_large: 1 } });
  });

  it("stops when it is told to", async () => {
    const stop = new AbortController();
    stop.abort(new Error("told"));
    expect(await sink().send(records(), stop.signal)).toMatchObject({ again: { length: 6 } });
  });
});

/**
 * In a process of its own: asked at its other port, it ends all connections that it has taken, and
 * says how many those were.
 */
const endingServer = `
  const { createServer } = require("node:net");
  const sockets = [];
  const taker = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket.on("error", () => {}).resume());
  });
  const asked = createServer((asking) => {
    const ends = sockets.map((socket) => new Promise((done) => socket.end(done)));
    Promise.all(ends).then(() => asking.end(String(sockets.length)));
  });
  taker.listen(0, "127.0.0.1", () => asked.listen(0, "127.0.0.1", () => {
    console.log(taker.address().port + " " + asked.address().port);
  }));
`;

it("sees an end that came while it was busy with other things", async () => {
  const stdio = ["ignore", "pipe", "inherit"] as const;
  const server = spawn(process.execPath, ["-e", endingServer], { stdio: [...stdio] });
  const said = await new Promise((done) => server.stdout.setEncoding("utf8").once("data", done));
  const [port, asking] = String(said).trim().split(" ");
  const one = syslog.make({ ...usual, url: `tcp://127.0.0.1:${port}` }, around);
  expect(await one.send(records("a"), never)).toMatchObject({ sent: 6 });
  const ask = `require("node:net").connect(${asking}, "127.0.0.1").pipe(process.stdout)`;
  // Nothing that comes to us is looked at meanwhile.
  const taken = () => execFileSync(process.execPath, ["-e", ask]).toString();
  // Until it has seen us at all.
  while (taken() === "0") continue;
  expect(await one.send(records("b"), never)).toMatchObject({ sent: 6 });
  await expect.poll(taken).toBe("2");
  const ended = once(server, "exit");
  server.kill("SIGKILL");
  await ended;
});

describe("a syslog sink over UDP", () => {
  it("sends a datagram for each message that is short enough", async () => {
    const socket = createSocket("udp4");
    const messages: string[] = [];
    socket.on("message", (message) => messages.push(message.toString()));
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    const url = `udp://127.0.0.1:${socket.address().port}`;
    const one = syslog.make({ ...usual, url, "datagram-bytes": 700 }, around);
    // The decision is longer, even without its arguments.
    expect(await one.send(records(), never)).toMatchObject({ sent: 5, refused: { too_large: 1 } });
    await expect.poll(() => messages).toHaveLength(5);
    expect(messages[0]).toMatch(/^<135>1 .* first_seen - \{/);
    await one.close();
    socket.close();
  });

  it("does not take a name that leads nowhere for a place", async () => {
    const one = syslog.make({ ...usual, url: "udp://nowhere.invalid" }, around);
    await expect(one.check(never)).rejects.toThrow("nowhere.invalid");
    expect(await one.send(records(), never)).toMatchObject({ sent: 0, again: { length: 6 } });
  });
});

it("refuses an SD-ID that would break out of its place, and a key that is not there", () => {
  const url = "tls://siem.example";
  expect(() => syslog.make({ ...usual, url, "sd-id": "a b]" }, around)).toThrow("SD-NAME");
  expect(() => syslog.make({ ...usual, url, "key-file": "/nowhere" }, around)).toThrow("ENOENT");
});
