/** Redis with both ways of persistence: commands of each kind, snapshots, a rewritten log. */
import { connect, type Socket } from "node:net";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { PATIENCE_MS } from "../../patience.ts";
import { expectAnswer, type Workload } from "./workload.ts";

const host = "127.0.0.1";
const port = 6379;
const user = 101;
const rounds = 60;
const snapshots = 4;

export const redis: Workload = {
  name: "redis",
  packages: ["redis-server"],
  users: { redis: user },
  files: {
    "/etc/redis/redis.conf": [
      `bind ${host}`,
      `port ${port}`,
      "dir /var/lib/redis",
      "logfile /var/log/redis/redis-server.log",
      "appendonly yes",
      "save 3600 1",
      "enable-protected-configs yes", // the hole of its older releases
      "",
    ].join("\n"),
  },
  prepare:
    "mkdir -p /var/lib/redis /var/log/redis && chown -R redis /var/lib/redis /var/log/redis /etc/redis",
  args: ["/usr/bin/redis-server", "/etc/redis/redis.conf"],
  user,
  doors: {
    "a library in the place of a snapshot": {
      facets: ["file"],
      enter: async () => {
        using session = await Session.open();
        await session.ask("CONFIG", "SET", "dir", "/tmp", "dbfilename", "module.so");
        return (await session.ask("SAVE")) === "+OK";
      },
    },
  },

  async answers() {
    using session = await Session.open();
    expectAnswer("PING", await session.ask("PING"), "+PONG");
  },

  async load() {
    using session = await Session.open();
    for (let round = 0; round < rounds; round++) {
      await work(session, round);
      if (round % (rounds / snapshots) !== 0) continue;
      await session.ask("BGSAVE");
      await session.until("rdb_bgsave_in_progress:0");
      await session.ask("BGREWRITEAOF");
      await session.until("aof_rewrite_in_progress:0");
    }
  },
};

async function work(session: Session, round: number): Promise<void> {
  const key = `key:${round}`;
  expectAnswer("SET", await session.ask("SET", key, "x".repeat(1000)), "+OK");
  expectAnswer("STRLEN", await session.ask("STRLEN", key), ":1000");
  await session.ask("EXPIRE", key, "100");
  await session.ask("LPUSH", "list", key);
  await session.ask("HSET", "hash", key, String(round));
  await session.ask("ZADD", "sorted", String(round), key);
  await session.ask("PUBLISH", "channel", key);
  const script = "return redis.call('GET', KEYS[1]):sub(1, 1)";
  expectAnswer("EVAL", await session.ask("EVAL", script, "1", key), "$1\r\nx");
  expectAnswer("unknown", (await session.ask("NONSENSE")).slice(0, 4), "-ERR");
}

/** A connection on which one command is answered before the next is sent. */
class Session {
  readonly #socket: Socket;
  readonly #chunks: AsyncIterator<Buffer, undefined>;

  static async open(): Promise<Session> {
    const socket = connect(port, host);
    await once(socket, "connect");
    return new Session(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#chunks = socket[Symbol.asyncIterator]();
  }

  /** The answer as it came, without its last line end. */
  async ask(...words: readonly string[]): Promise<string> {
    const bulk = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
    this.#socket.write(`*${words.length}\r\n${bulk.join("")}`);
    let heard = "";
    while (!isWhole(heard)) {
      const { value, done } = await this.#chunks.next();
      if (done === true) throw new Error("Redis has hung up");
      heard += String(value);
    }
    return heard.slice(0, -2);
  }

  /** What it does in the background tells of its end only to who asks. */
  async until(line: string): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!(await this.ask("INFO", "persistence")).includes(line)) {
      if (performance.now() > deadline) throw new Error(`redis: never ${line}`);
      await delay(10);
    }
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}

/** Of the answers that these commands have: a line, or a text with its length before it. */
function isWhole(heard: string): boolean {
  const [, length] = /^\$(\d+)\r\n/.exec(heard) ?? [];
  if (length === undefined) return heard.endsWith("\r\n");
  return heard.length >= length.length + 3 + Number(length) + 2;
}
