/**
 * One command that lets peers in, loads a library and makes a user namespace, learned and then held
 * to it, while others come in and it does a bit more than it did. Prints what came of it as JSON,
 * as it is run in a VM.
 */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { Pahlevan, parsed } from "../pahlevan.ts";

export interface Narrow {
  /** Exit codes: of the command that a person has not allowed its namespace yet, and afterwards. */
  readonly waiting: number | null;
  readonly exit: number | null;
  /** Whether this peer came in, by his address. */
  readonly cameIn: Readonly<Record<string, boolean>>;
  readonly decisions: readonly string[];
}

const NEW_USER = 0x10000000;
const calls = process.arch === "arm64" ? { clone: 220, mmap: 222 } : { clone: 56, mmap: 9 };
const port = 7790;
const neighbour = "10.77.7.7";
const known = "127.0.0.1";
/** A dropped packet is no answer: the neighbour is given up after so long. */
const patienceMs = 3_000;

const mapping = (path: string) =>
  `open F, "${path}"; syscall(${calls.mmap}, 0, 4096, 5, 2, fileno F, 0)`;
const namespaceMaking =
  `$child = syscall(${calls.clone}, ${NEW_USER} | 17, 0, 0, 0, 0); ` +
  "exit 0 unless $child; $fails++ if $child < 0; waitpid $child, 0";
const serving =
  "socket S, PF_INET, SOCK_STREAM, 0; setsockopt S, SOL_SOCKET, SO_REUSEADDR, 1; " +
  `bind S, sockaddr_in(${port}, INADDR_ANY); listen S, 5; $| = 1; print "listens\\n"; ` +
  "accept C, S; close C";

/** `more` is done before it serves. */
const work = (folder: string, more = "") =>
  `perl -MSocket -e '${mapping(join(folder, "used.so"))} == -1 and $fails++; ` +
  `open F, "${join(folder, "data.so")}"; ${namespaceMaking}; ${more} ${serving}; exit $fails'`;

async function trial(): Promise<Narrow> {
  execFileSync("ip", ["address", "add", `${neighbour}/32`, "dev", "lo"]);
  const folder = mkdtempSync("/opt/pahlevan-narrow-");
  try {
    mkdirSync(join(folder, "state"));
    for (const name of ["used.so", "data.so"]) copyFileSync("/bin/true", join(folder, name));
    const learned = run(folder, [], work(folder));
    await learned.says(/listens/);
    await comesIn(known);
    await learned.ended;
    const { code: waiting } = await run(folder, ["--enforce"], work(folder)).ended;
    const allow = [
      "profile",
      "allow",
      "--state-directory",
      join(folder, "state"),
      "--reason",
      "it",
    ];
    await new Pahlevan([...allow, "svc", "namespace userns_create"]).ended;
    const more = `${mapping(join(folder, "data.so"))} == -1 or $fails++;`;
    const held = run(folder, ["--enforce"], work(folder, more));
    await held.says(/listens/);
    const cameIn = { [neighbour]: await comesIn(neighbour), [known]: await comesIn(known) };
    const { code: exit } = await held.ended;
    return { waiting, exit, cameIn, decisions: decisionsIn(folder) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(folder: string, options: readonly string[], script: string): Pahlevan {
  const summary = ["-o", "json", "--summary-file", join(folder, "summary.json")];
  const words = ["run", "--state-directory", join(folder, "state"), ...summary, "--name", "svc"];
  return new Pahlevan([...words, ...options, "--", "bash", "--norc", "-c", script]);
}

async function comesIn(address: string): Promise<boolean> {
  const socket = connect({ host: address, localAddress: address, port });
  socket.setTimeout(patienceMs, () => socket.destroy(new Error("nobody answers")));
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

function decisionsIn(folder: string): string[] {
  const { denied = [] } = parsed(readFileSync(join(folder, "summary.json"), "utf8"));
  if (!Array.isArray(denied)) throw new Error(`no list of what was denied: ${String(denied)}`);
  return denied.map((each: unknown) => {
    const { action, facet, object, uses } = parsed(JSON.stringify(each));
    const words = Array.isArray(uses) ? uses.map(String) : [];
    return [action, facet, String(object).replace(folder, ""), ...words].join(" ");
  });
}

if (import.meta.main) console.log(JSON.stringify(await trial()));
