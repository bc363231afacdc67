/** BpfMap: single entries, all entries, per-CPU values, queues, mapped memory, maps of maps. */
import { program } from "./test/build.ts";
import { expect, onTestFinished, test } from "vitest";
import { BpfMap, BpfObject, possibleCpus, type MapRequest } from "./index.ts";
import { toU32, toU64, u32, u64 } from "./test/numbers.ts";

/** linux/bpf.h */
const [NO_PREALLOC, MMAPABLE] = [1, 1 << 10];

/** A map of the loaded test object (without its programs), closed at the test's end. */
function openMap(name: string): BpfMap {
  const object = new BpfObject(program("senses"));
  onTestFinished(() => object.close());
  for (const each of object.programs) object.setAutoload(each.name, false);
  object.load();
  return object.map(name);
}

test("what is updated is looked up, and is gone once deleted", () => {
  const words = openMap("words");
  const value = new Uint8Array(8);
  expect(words.lookup(u32(7), value)).toBe(false);
  expect(words.update(u32(7), u64(70))).toBe(true);
  expect(words.lookup(u32(7), value)).toBe(true);
  expect(toU64(value)).toEqual([70]);
  expect(words.delete(u32(7))).toBe(true);
  expect(words.delete(u32(7))).toBe(false);
  expect(words.lookup(u32(7), value)).toBe(false);
});

test("what is frozen is read, and written by nobody", () => {
  const words = openMap("words");
  words.update(u32(1), u64(1));
  words.freeze();
  expect(() => words.update(u32(1), u64(2))).toThrow("EPERM");
  const again = BpfMap.fromId(words.info.id);
  onTestFinished(() => again.close());
  expect(() => again.update(u32(1), u64(2))).toThrow("EPERM");
  const value = new Uint8Array(8);
  expect(again.lookup(u32(1), value)).toBe(true);
  expect(toU64(value)).toEqual([1]);
});

test("an update keeps to its mode", () => {
  const words = openMap("words");
  expect(words.update(u32(1), u64(1), "exist")).toBe(false);
  expect(words.update(u32(1), u64(1), "noexist")).toBe(true);
  expect(words.update(u32(1), u64(2), "noexist")).toBe(false);
  expect(words.update(u32(1), u64(3), "exist")).toBe(true);
  const value = new Uint8Array(8);
  words.lookup(u32(1), value);
  expect(toU64(value)).toEqual([3]);
});

test("a full map throws with the kernel's reason", () => {
  const words = openMap("words");
  for (let i = 0; i < 4096; i++) words.update(u32(i), u64(i));
  expect(() => words.update(u32(4096), u64(0))).toThrow(/map words: cannot update: .*\(E2BIG\)/);
});

test("all entries come in batches, each key beside its value", () => {
  const words = openMap("words");
  for (let i = 0; i < 4000; i++) words.update(u32(i), u64(i * 3));
  const { count, keys, values } = words.entries(5000);
  expect(count).toBe(4000);
  const numbers = toU64(values);
  const found = new Map(toU32(keys).map((key, index) => [key, numbers[index]] as const));
  expect(found.size).toBe(4000);
  expect([...found].every(([key, value]) => value === key * 3)).toBe(true);
});

test("entries stop at the limit", () => {
  const words = openMap("words");
  for (let i = 0; i < 100; i++) words.update(u32(i), u64(i));
  const { count, keys, values } = words.entries(33);
  expect([count, keys.length, values.length]).toEqual([33, 33 * 4, 33 * 8]);
  expect(words.entries(0).count).toBe(0);
});

test("an empty map has no entries", () => {
  expect(openMap("words").entries(10)).toMatchObject({ count: 0 });
});

test("a trie's entries come, too, batched or one by one", () => {
  const prefixes = openMap("prefixes");
  const key = (bits: number, byte: number) => Uint8Array.of(bits, 0, 0, 0, byte, 0, 0, 0);
  for (let i = 1; i <= 40; i++) prefixes.update(key(8, i), u32(i));
  const { count, values } = prefixes.entries(64);
  expect(count).toBe(40);
  expect(toU32(values).reduce((sum, value) => sum + value, 0)).toBe(820);
});

test("a per-CPU value has eight-byte slots, one for each possible CPU", () => {
  const perCpu = openMap("per_cpu");
  const cpus = possibleCpus();
  expect(cpus).toBeGreaterThan(0);
  const put = u64(...Array.from({ length: cpus }, (_, cpu) => cpu + 10));
  perCpu.update(u32(1), put);
  const got = new Uint8Array(8 * cpus);
  expect(perCpu.lookup(u32(1), got)).toBe(true);
  expect(toU64(got)).toEqual(toU64(put));
  const { count, values } = perCpu.entries(10);
  expect(count).toBe(2);
  expect(toU64(values).slice(cpus)).toEqual(toU64(put));
});

test("a queue gives back in order, and says when it is full or empty", () => {
  const queue = openMap("queue");
  queue.push(u32(5));
  queue.push(u32(6));
  expect(() => queue.push(u32(7))).toThrow("E2BIG");
  const value = new Uint8Array(4);
  expect([queue.pop(value), toU32(value)]).toEqual([true, [5]]);
  expect([queue.pop(value), toU32(value)]).toEqual([true, [6]]);
  expect(queue.pop(value)).toBe(false);
  expect(() => queue.entries(1)).toThrow("cannot list entries");
});

test("mapped memory is the map itself, exactly as long, and the same object each time", () => {
  const shared = openMap("shared");
  const memory = shared.mmap();
  expect(memory.byteLength).toBe(16 * 5); // 12-byte values, 8-byte aligned
  expect(shared.mmap()).toBe(memory);
  shared.update(u32(2), u32(1, 2, 3));
  expect([...new Uint32Array(memory, 32, 3)]).toEqual([1, 2, 3]);
  new Uint32Array(memory)[32 / 4] = 9;
  const value = new Uint8Array(12);
  shared.lookup(u32(2), value);
  expect(toU32(value)).toEqual([9, 2, 3]);
  shared.close();
  expect(new Uint32Array(memory, 32, 1)[0]).toBe(9);
});

test("of a map's memory the beginning can be mapped alone", () => {
  const shared = openMap("shared");
  const memory = shared.mmap(16);
  expect(memory.byteLength).toBe(16);
  expect(shared.mmap(16)).not.toBe(memory);
  expect(shared.mmap().byteLength).toBe(16 * 5);
  shared.update(u32(0), u32(1, 2, 3));
  expect([...new Uint32Array(memory, 0, 3)]).toEqual([1, 2, 3]);
  for (const bytes of [0, 16 * 5 + 1])
    expect(() => shared.mmap(bytes)).toThrow(`has 80 bytes of memory, not ${bytes}`);
});

test("only an array made for it can be mapped; a frozen one can be read", () => {
  expect(() => openMap("words").mmap()).toThrow("BPF_F_MMAPABLE");
  const constants = [...new Uint8Array(openMap(".rodata").mmap())];
  expect(constants.filter((byte) => byte !== 0)).toEqual([1, 2, 3, 4]);
});

test("a map is found by its id", () => {
  const words = openMap("words");
  words.update(u32(1), u64(11));
  const same = BpfMap.fromId(words.info.id);
  const value = new Uint8Array(8);
  expect(same.lookup(u32(1), value)).toBe(true);
  same.close();
  expect(() => BpfMap.fromId(2 ** 32 - 1)).toThrow("ENOENT");
});

const table = {
  ...{ type: "hash" as const, keySize: 4, valueSize: 8, maxEntries: 100 },
  ...{ flags: NO_PREALLOC, name: "table" },
};

/** Closed at the test's end. */
function create(request: Partial<MapRequest> = {}): BpfMap {
  const map = BpfMap.create({ ...table, ...request });
  onTestFinished(() => map.close());
  return map;
}

test("a map is made as it was asked for", () => {
  expect(create().info).toMatchObject({
    ...{ name: "table", keySize: 4, valueSize: 8, maxEntries: 100 },
  });
  const array = create({ type: "array", flags: MMAPABLE, maxEntries: 3, name: "numbers" });
  new Uint32Array(array.mmap())[2] = 5;
  const value = new Uint8Array(8);
  expect(array.lookup(u32(1), value)).toBe(true);
  expect(toU64(value)).toEqual([5]);
});

test("the kernel's reason says why a map is not made", () => {
  expect(() => create({ keySize: 0 })).toThrow(/cannot create the map table: .*\(EINVAL\)/);
  // @ts-expect-error: no such type
  expect(() => create({ type: "queue" })).toThrow("type must be hash or array, not queue");
  expect(() => create({ maxEntries: -1 })).toThrow("maxEntries must be a whole number");
});

test("programs look into a map that another holds, until another one or none is there", () => {
  const object = new BpfObject(program("senses"));
  onTestFinished(() => object.close());
  for (const { name } of object.programs) object.setAutoload(name, name === "look_into_table");
  object.load();
  const tables = object.map("tables");
  const look = () => object.testRun("look_into_table").retval;
  const holding = (value: number) => {
    const inner = create();
    inner.update(u32(7), u64(value));
    return inner;
  };
  const first = holding(1);
  tables.updateInner(u32(2), first);
  first.close();
  expect(look()).toBe(1);
  tables.updateInner(u32(2), holding(2));
  expect(look()).toBe(2);
  expect(tables.delete(u32(2))).toBe(true);
  expect(tables.delete(u32(2))).toBe(false);
  expect(look()).toBe(0xffff_ffff);
});

test("a map of another make is not held, nor any by a map that holds none", () => {
  const tables = openMap("tables");
  expect(() => tables.updateInner(u32(0), create({ flags: 0 }))).toThrow(
    /map tables: cannot hold the map table: .*\(EINVAL\)/,
  );
  expect(() => openMap("words").updateInner(u32(0), create())).toThrow("map words holds no maps");
  const closed = create();
  closed.close();
  expect(() => tables.updateInner(u32(0), closed)).toThrow("closed");
});

test("wrong arguments are refused before they reach the kernel", () => {
  const words = openMap("words");
  expect(() => words.lookup(u32(1, 2), new Uint8Array(8))).toThrow("a key has 4 bytes, not 8");
  expect(() => words.lookup(u32(1), new Uint8Array(4))).toThrow("a value has 8 bytes, not 4");
  expect(() => words.entries(-1)).toThrow("limit must be a whole number");
  expect(() => words.pin("no\0where")).toThrow("NUL");
  // @ts-expect-error: a DataView is no Uint8Array
  expect(() => words.delete(new DataView(new ArrayBuffer(4)))).toThrow("must be a Uint8Array");
  // @ts-expect-error: no such mode
  expect(() => words.update(u32(1), u64(1), "never")).toThrow("mode must be");
  // @ts-expect-error: maps come from objects and pins, nobody makes one
  expect(() => Reflect.construct(BpfMap, [])).toThrow("comes from BpfObject.map()");
});
