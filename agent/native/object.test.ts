/** BpfObject: open, change, load, attach, ask, close. */
import { program } from "./test/build.ts";
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, onTestFinished, test } from "vitest";
import { BpfLink, BpfMap, BpfObject, hasProgram, probeHook } from "./index.ts";
import { toU32, u32 } from "./test/numbers.ts";
import { makeCgroup, mountBpffs } from "./test/places.ts";

const all = [
  ...["count_syscalls", "sum_constants", "refuse_connect", "on_file_open", "list_tasks"],
  "look_into_table",
];

/** The object with these programs switched on, closed at the test's end. */
function openSenses(...programs: string[]): BpfObject {
  const object = new BpfObject(program("senses"));
  onTestFinished(() => object.close());
  for (const name of all) object.setAutoload(name, programs.includes(name));
  return object;
}

/** That this process has open. */
function descriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

/** What --expose-gc gives, without the flag. */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc()");
}

function thrownBy(act: () => void): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

test("an object lists its programs and maps before it is loaded", () => {
  const object = openSenses();
  expect(object.programs).toContainEqual({ name: "list_tasks", section: "iter/task" });
  expect(object.programs).toHaveLength(all.length);
  expect(object.maps.find((map) => map.name === "words")).toEqual({
    ...{ name: "words", type: 1, keySize: 4, valueSize: 8 },
    ...{ maxEntries: 4096, id: 0, memoryBytes: 0 },
  });
});

test("a loaded map has an id, the size it was given, and memory", () => {
  const object = openSenses();
  object.setMaxEntries("words", 10_000);
  object.load();
  const info = object.map("words").info;
  expect(info.maxEntries).toBe(10_000);
  expect(info.id).toBeGreaterThan(0);
  expect(info.memoryBytes).toBeGreaterThan(10_000 * 12);
  expect(object.maps.find((map) => map.name === "words")?.id).toBe(info.id);
});

test("an attached program counts syscalls, and no more once its link is closed", () => {
  const object = openSenses("count_syscalls");
  object.setConstant("watched_pid", u32(process.pid));
  object.load();
  const seen = new BigUint64Array(object.map(".bss").mmap(), 0, 1);
  const link = object.attach("count_syscalls");
  expect(link.kind).toBe("raw_tracepoint"); // what the kernel calls tp_btf, too
  process.kill(process.pid, 0);
  const counted = seen[0] ?? 0n;
  expect(counted).toBeGreaterThan(0n);
  link.close();
  const atClose = seen[0];
  process.kill(process.pid, 0);
  expect(seen[0]).toBe(atClose);
});

test("constants are set byte for byte, and the rest keeps what the source says", () => {
  const object = openSenses("sum_constants");
  object.setConstant("watched_pid", u32(1000));
  expect(() => object.setConstant("watched_pid", u32(1, 2))).toThrow("has 4 bytes, not 8");
  expect(() => object.setConstant("nobody", u32(1))).toThrow("no constant nobody");
  object.load();
  expect(object.testRun("sum_constants").retval).toBe(1010);
  expect(() => object.setConstant("watched_pid", u32(1))).toThrow("is loaded already");
});

test("an array constant takes all its bytes", () => {
  const object = openSenses("sum_constants");
  object.setConstant("answer_bytes", Uint8Array.of(50, 60, 70, 80));
  object.load();
  expect(object.testRun("sum_constants").retval).toBe(260);
});

test("an iterator is read to its end", () => {
  const object = openSenses("list_tasks");
  object.load();
  expect(toU32(object.readIterator("list_tasks"))).toContain(process.pid);
});

test("a program bound to a cgroup judges only who is inside", () => {
  const cgroup = makeCgroup();
  const object = openSenses("refuse_connect");
  object.load();
  const link = object.attachCgroup("refuse_connect", cgroup);
  expect(link.kind).toBe("cgroup");
  expect(link.id).toBeGreaterThan(0);
  // Bash's own connect: EPERM from the program inside, ECONNREFUSED (a closed port) outside.
  const connect = "exec 3<>/dev/tcp/127.0.0.1/1";
  const run = (script: string) =>
    execFileSync("bash", ["-c", `${script}; true`], { encoding: "utf8" });
  const message = (script: string) => run(`{ ${script}; } 2>&1 | cat`);
  const inside = `echo $BASHPID > ${cgroup}/cgroup.procs; ${connect}`;
  expect(message(`(${inside})`)).toContain("not permitted");
  expect(message(`(${connect})`)).toContain("refused");
  link.close();
  expect(message(`(${inside})`)).toContain("refused");
});

test("a program goes to named functions: at least one, and as one that runs at such", () => {
  const object = openSenses("count_syscalls");
  object.load();
  const attach = (functions: readonly string[]) => () =>
    object.attachFunctions("count_syscalls", functions);
  expect(attach([])).toThrow("functions must be an array of strings, at least one");
  expect(attach(["vfs_read", "vfs_write"])).toThrow(/cannot attach to 2 functions/);
});

test("a path that is no cgroup is refused by its name", () => {
  const object = openSenses("refuse_connect");
  object.load();
  expect(() => object.attachCgroup("refuse_connect", "/tmp")).toThrow(/\/tmp \(is it a cgroup/);
  expect(() => object.attachCgroup("refuse_connect", "/nowhere")).toThrow("ENOENT");
});

test("a load that fails names the program and ends with the verifier's words", () => {
  const object = new BpfObject(program("broken"));
  onTestFinished(() => object.close());
  const error = thrownBy(() => object.load());
  expect(error).toMatchObject({ program: "reads_null", code: "EACCES" });
  expect(error).toHaveProperty("log", expect.stringContaining("map_value_or_null"));
});

test("a retargeted program is loaded for its new hook", () => {
  const object = openSenses("on_file_open");
  object.retarget("on_file_open", "raw_tp", "sys_enter");
  // A sleepable raw tracepoint is nothing the kernel knows: the ".s" was kept.
  expect(thrownBy(() => object.load())).toMatchObject({ program: "on_file_open" });
  const counting = openSenses("count_syscalls");
  counting.setConstant("watched_pid", u32(process.pid));
  counting.retarget("count_syscalls", "tp_btf", "sys_exit");
  counting.load();
  counting.attach("count_syscalls");
  process.kill(process.pid, 0);
  const seen = new BigUint64Array(counting.map(".bss").mmap());
  expect(seen[0]).toBeGreaterThan(0n);
});

test("retarget from lsm to fentry fares as the probe said", () => {
  const object = openSenses("on_file_open");
  object.retarget("on_file_open", "fentry", "security_file_open");
  const probe = probeHook("fentry", "security_file_open");
  const outcome = () => {
    try {
      object.load();
      object.attach("on_file_open").close();
      return "";
    } catch (error) {
      return error instanceof Error && "code" in error ? error.code : error;
    }
  };
  expect(outcome()).toBe(probe.code);
});

test("retarget to what the kernel does not have names it", () => {
  const object = openSenses("on_file_open");
  expect(() => object.retarget("on_file_open", "fentry", "no_such_function")).toThrow(
    "on_file_open: cannot become fentry/no_such_function: the kernel's BTF has no no_such_function",
  );
});

test("one object uses another's map", () => {
  const first = openSenses();
  first.load();
  const second = openSenses();
  second.reuseMap("words", first.map("words"));
  second.load();
  expect(second.map("words").info.id).toBe(first.map("words").info.id);
});

test("a pinned map and a pinned link outlive their object and are adopted", () => {
  const bpffs = mountBpffs();
  const object = openSenses("count_syscalls");
  object.setConstant("watched_pid", u32(process.pid));
  object.load();
  object.map(".bss").pin(join(bpffs, "bss"));
  object.attach("count_syscalls").pin(join(bpffs, "link"));
  object.close();

  const map = BpfMap.fromPin(join(bpffs, "bss"));
  const seen = new BigUint64Array(map.mmap());
  const before = seen[0] ?? 0n;
  process.kill(process.pid, 0);
  expect(seen[0]).toBeGreaterThan(before);

  const link = BpfLink.fromPin(join(bpffs, "link"));
  link.unpin();
  link.close();
  map.unpin(join(bpffs, "bss"));
  const atEnd = seen[0];
  process.kill(process.pid, 0);
  expect(seen[0]).toBe(atEnd);
  expect(() => BpfMap.fromPin(join(bpffs, "bss"))).toThrow("ENOENT");
  map.close();
});

test("a link names its program, which the kernel has until nobody holds it", async () => {
  const object = openSenses("count_syscalls");
  object.load();
  const link = object.attach("count_syscalls");
  const { programId } = link;
  expect(programId).toBe(object.programInfo("count_syscalls").id);
  link.close();
  expect(hasProgram(programId)).toBe(true);
  object.close();
  await expect.poll(() => hasProgram(programId)).toBe(false);
  expect(() => hasProgram(0)).toThrow("no program has the id 0");
});

test("program counters are the kernel's", () => {
  const object = openSenses("sum_constants");
  object.load();
  const info = object.programInfo("sum_constants");
  expect(info).toMatchObject({ name: "sum_constants", section: "syscall" });
  expect(info.id).toBeGreaterThan(0);
  expect(info.verifiedInstructions).toBeGreaterThan(0);
  expect(info.memoryBytes).toBeGreaterThan(0);
});

test("closing an object detaches, closes its maps, and leaves nothing to call", () => {
  const object = openSenses("count_syscalls");
  object.load();
  const link = object.attach("count_syscalls");
  const map = object.map("words");
  const seen = new BigUint64Array(object.map(".bss").mmap());
  object.close();
  object.close();
  expect(() => object.load()).toThrow(/senses\.bpf\.o is closed/);
  expect(() => object.programs).toThrow("is closed");
  expect(() => map.lookup(u32(1), new Uint8Array(8))).toThrow("BpfMap words is closed");
  expect(() => link.kind).toThrow("BpfLink of count_syscalls is closed");
  expect(seen[0]).toBe(0n); // its memory stays mapped for as long as somebody has it
});

test("a map is one object, with one descriptor, however often it is asked for", () => {
  const object = openSenses();
  object.load();
  const before = descriptors();
  const words = object.map("words");
  for (let asked = 0; asked < 100; asked++) expect(object.map("words")).toBe(words);
  expect(descriptors()).toBe(before + 1);
  object.close();
  expect(descriptors()).toBeLessThan(before);
});

test("a map that was closed can be had anew from its object", () => {
  const object = openSenses();
  object.load();
  const closed = object.map("words");
  closed.update(u32(1), new Uint8Array(8));
  closed.close();
  expect(() => closed.info).toThrow("BpfMap words is closed");
  expect(object.map("words").lookup(u32(1), new Uint8Array(8))).toBe(true);
});

test("a map outlives its object where that is only forgotten", async () => {
  const forgotten = () => {
    const object = new BpfObject(program("senses"));
    for (const name of all) object.setAutoload(name, false);
    object.load();
    return object.map("words");
  };
  const words = forgotten();
  const before = descriptors();
  // Its own descriptors go when it is collected, between turns.
  await expect
    .poll(() => {
      collectGarbage();
      return descriptors();
    })
    .toBeLessThan(before);
  expect(words.update(u32(1), new Uint8Array(8))).toBe(true);
  words.close();
});

test("what is not there is refused by its name", () => {
  const object = openSenses("list_tasks");
  expect(() => object.attach("list_tasks")).toThrow("list_tasks is not loaded");
  expect(() => object.map("words")).toThrow("words is not there before load()");
  object.load();
  expect(() => object.attach("nobody")).toThrow("no program nobody");
  expect(() => object.map("nothing")).toThrow("no map nothing");
  expect(() => object.attach("count_syscalls")).toThrow("count_syscalls is not loaded");
});

test("a file that is missing, or is no BPF object, says so", () => {
  expect(thrownBy(() => new BpfObject("/nowhere.bpf.o"))).toMatchObject({ code: "ENOENT" });
  expect(() => new BpfObject("/proc/self/status")).toThrow(/cannot open .*status: .*libbpf: elf/);
});
