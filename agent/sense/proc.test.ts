import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { ProcessTable } from "@pahlevan/core/behaviour/process-table.ts";
import { expect, it } from "vitest";
import { portHolder } from "./port-holder.ts";
import { ProcFiller } from "./proc-filler.ts";
import { readProcess } from "./proc.ts";

const tickNs = 10_000_000n;

/** Nanoseconds since boot at which a process started, to the hundredth of a second. */
function startNs(pid: number): bigint {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return BigInt(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? 0) * tickNs;
}

it("reads a process' arguments, whatever its name and bytes", async () => {
  const child = spawn("bash", ["-c", 'exec -a "$(printf "a) b\\xff")" cat - ""'], {
    cwd: "/usr",
  });
  const pid = child.pid ?? 0;
  try {
    await expect.poll(() => readFileSync(`/proc/${pid}/comm`, "utf8")).toBe("cat\n");
    expect(await readProcess({ pid, startNs: startNs(pid) + 5n })).toMatchObject({
      args: [{ value: "a) b\\xff", escaped: true }, { value: "-" }, { value: "" }],
      cwd: { value: "/usr" },
    });
  } finally {
    child.kill();
    await once(child, "exit");
  }
});

it("does not take another process with the same pid for it", async () => {
  const { pid } = process;
  expect(await readProcess({ pid, startNs: startNs(pid) - tickNs })).toBeUndefined();
  expect(await readProcess({ pid: 4_194_304, startNs: 1n })).toBeUndefined();
});

it("looks each process up once, one at a time, and not without end", async () => {
  const table = new ProcessTable(1_000);
  let reading = 0;
  let most = 0;
  let reads = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const filler = new ProcFiller(table, async (key) => {
    reads++;
    most = Math.max(most, ++reading);
    await promise;
    reading--;
    return { ...key, args: [{ value: "x" }] };
  });
  const facts = (pid: number) => ({ pid, startNs: 1n, tid: pid, comm: "", uid: 0, gid: 0 });
  for (let pid = 0; pid < 1_000; pid++) filler.want(facts(pid));
  filler.want(facts(0));
  resolve();
  await expect.poll(() => table.size).toBe(257);
  expect({ most, reads }).toEqual({ most: 1, reads: 257 });
  expect(table.find({ pid: 0, startNs: 1n })?.args).toEqual([{ value: "x" }]);
});

it("knows who listens on a port", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  expect(portHolder(port)).toContain(`(pid ${process.pid})`);
  server.close();
  await once(server, "close");
  expect(portHolder(port)).toBeUndefined();
});
