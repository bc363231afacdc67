/** PostgreSQL: tables made, filled, asked, changed, analysed and dropped, over several sessions. */
import { connect, type Socket } from "node:net";
import { once } from "node:events";
import { expectAnswer, type Workload } from "./workload.ts";

const host = "127.0.0.1";
const port = 5432;
const user = 102;
const tables = 8;
const programs = "/usr/lib/postgresql/15/bin";
const data = "/var/lib/postgresql/data";

export const postgresql: Workload = {
  name: "postgresql",
  packages: ["postgresql-15", "libc-bin", "tzdata"],
  users: { postgres: user },
  prepare: [
    `mkdir -p ${data} /run/postgresql`,
    `chown -R postgres /var/lib/postgresql /run/postgresql`,
    `chmod 700 ${data}`,
    `cd /`,
    // setpriv is not in the image: the number is all that chroot needs.
    `chroot --userspec=${user}:${user} / ${programs}/initdb -D ${data} --no-locale -E UTF8 --auth=trust --wal-segsize=1`,
    `echo "max_parallel_workers_per_gather = 2" >>${data}/postgresql.conf`,
    `echo "min_parallel_table_scan_size = 0" >>${data}/postgresql.conf`,
    `echo "parallel_setup_cost = 0" >>${data}/postgresql.conf`,
    `echo "log_destination = 'stderr'" >>${data}/postgresql.conf`,
    `echo "logging_collector = on" >>${data}/postgresql.conf`,
    `echo "log_filename = 'postgresql.log'" >>${data}/postgresql.conf`,
  ].join("\n"),
  args: [`${programs}/postgres`, "-D", data],
  user,
  stop: "SIGINT",
  doors: {
    "a program by COPY": {
      facets: ["file", "exec"],
      enter: () => isDone("COPY (SELECT 1) TO PROGRAM 'true'"),
    },
    "a file by a function": {
      facets: ["file"],
      enter: () => isDone("SELECT pg_read_file('/etc/shadow')"),
    },
    "a file by COPY": { facets: ["file"], enter: () => isDone("COPY (SELECT 1) TO '/tmp/copied'") },
  },

  async answers() {
    using session = await Session.open("postgres");
    expectAnswer("1", await session.ask("SELECT 1"), ["1"]);
  },

  async load() {
    for (let table = 0; table < tables; table++) {
      using session = await Session.open("postgres");
      await work(session, `t${table}`);
    }
    using session = await Session.open("postgres");
    for (let table = 0; table < tables; table++) await session.ask(`DROP TABLE t${table}`);
    await session.ask("CHECKPOINT");
  },
};

async function work(session: Session, table: string): Promise<void> {
  await session.ask(`CREATE TABLE ${table} (id serial PRIMARY KEY, word text, at date)`);
  await session.ask(`CREATE INDEX ON ${table} (word)`);
  await session.ask(
    `INSERT INTO ${table} (word, at) SELECT md5(n::text), date '2026-01-01' + n % 365 FROM generate_series(1, 5000) n`,
  );
  expectAnswer("count", await session.ask(`SELECT count(*) FROM ${table}`), ["5000"]);
  // A sort that does not fit into its memory goes to files.
  await session.ask("SET work_mem = '64kB'");
  await session.ask(`SELECT DISTINCT word FROM ${table} ORDER BY word`);
  await session.ask(`UPDATE ${table} SET word = upper(word) WHERE id % 3 = 0`);
  await session.ask(`DELETE FROM ${table} WHERE id % 5 = 0`);
  await session.ask(`VACUUM ANALYZE ${table}`);
  await session.ask("SET TIME ZONE 'Europe/Paris'");
  expectAnswer("after", await session.ask(`SELECT count(*) FROM ${table}`), ["4000"]);
  // Files that are named by who makes them: each session makes some.
  await session.ask("VACUUM pg_class");
  await session.ask("SELECT pg_switch_wal()");
  const wrong = await session.ask("SELECT nothing").catch(() => "refused");
  expectAnswer("a wrong question", wrong, "refused");
  await session.ask("CHECKPOINT");
}

async function isDone(question: string): Promise<boolean> {
  using session = await Session.open("postgres");
  // Awaited here: the session ends with this function.
  return await session.ask(question).then(
    () => true,
    () => false,
  );
}

const typeOffset = 1;
const headBytes = 5;

/** The simple half of its protocol: a question is a text, an answer rows of one column. */
class Session {
  readonly #socket: Socket;
  readonly #chunks: AsyncIterator<Buffer, undefined>;
  #heard = Buffer.alloc(0);

  static async open(database: string): Promise<Session> {
    const socket = connect(port, host);
    await once(socket, "connect");
    const session = new Session(socket);
    const words = ["user", "postgres", "database", database, "", ""].join("\0");
    const start = Buffer.alloc(8 + words.length);
    start.writeInt32BE(start.length, 0);
    start.writeInt32BE(3 << 16, 4);
    start.write(words, 8);
    socket.write(start);
    await session.#answer();
    return session;
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#chunks = socket[Symbol.asyncIterator]();
  }

  async ask(question: string): Promise<readonly string[]> {
    const text = Buffer.from(`${question}\0`);
    const head = Buffer.from("Q\0\0\0\0");
    head.writeInt32BE(text.length + 4, typeOffset);
    this.#socket.write(Buffer.concat([head, text]));
    return this.#answer();
  }

  /** To the message that says that it is ready for the next question. */
  async #answer(): Promise<readonly string[]> {
    const rows: string[] = [];
    let error: string | undefined;
    for (;;) {
      const { type, body } = await this.#message();
      if (type === "D") rows.push(body.toString("utf8", 6));
      if (type === "E") error = body.toString("utf8").replaceAll("\0", " ");
      if (type === "Z") break;
    }
    if (error !== undefined) throw new Error(`PostgreSQL: ${error}`);
    return rows;
  }

  async #message(): Promise<{ readonly type: string; readonly body: Buffer }> {
    await this.#atLeast(headBytes);
    const type = this.#heard.toString("latin1", 0, typeOffset);
    const bytes = typeOffset + this.#heard.readInt32BE(typeOffset);
    await this.#atLeast(bytes);
    const body = this.#heard.subarray(headBytes, bytes);
    this.#heard = this.#heard.subarray(bytes);
    return { type, body };
  }

  async #atLeast(bytes: number): Promise<void> {
    while (this.#heard.length < bytes) {
      const { value: chunk, done } = await this.#chunks.next();
      if (done === true) throw new Error("PostgreSQL has hung up");
      this.#heard = Buffer.concat([this.#heard, chunk]);
    }
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
