/** Runs inside the VM: prints what the tests want to know of it, leaves files, exits with 7. */
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { release } from "node:os";

async function overLoopback(): Promise<string> {
  const server = createServer((socket) => socket.end("hello over tcp"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || !address) throw new Error("no port");
  const socket = connect(address.port, "127.0.0.1");
  let heard = "";
  for await (const chunk of socket) heard += String(chunk);
  server.close();
  return heard;
}

const [, , ...outputs] = process.argv;
for (const path of outputs) writeFileSync(path, `from ${release()}\n`);
const facts = {
  release: release(),
  node: process.version,
  lsm: readFileSync("/sys/kernel/security/lsm", "utf8"),
  mounts: readFileSync("/proc/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[1]),
  word: process.env["WORD"],
  cwd: process.cwd(),
  heard: await overLoopback(),
};
console.log(JSON.stringify(facts));
console.error("on the other stream");
process.exitCode = 7;
