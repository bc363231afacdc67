/** Tables of entries in this kernel, held by the map that the programs look into. */
import { expect, onTestFinished, test } from "vitest";
import { BpfMap, BpfObject } from "@pahlevan/native";
import { number32 } from "../bootstrap.ts";
import { objectPath } from "../load.ts";
import { RuleTable, type Rules } from "./rule-table.ts";
import { KernelRuleTables } from "./rule-tables.ts";

/** The map `rules`, without any program. */
function openRules(): BpfMap {
  const object = new BpfObject(objectPath());
  onTestFinished(() => object.close());
  for (const { name } of object.programs) object.setAutoload(name, false);
  object.load();
  return object.map("rules");
}

function someRules(count: number): Rules {
  const table = new RuleTable();
  for (let index = 0; index < count; index++) {
    const id = new Uint8Array(16);
    id[15] = index;
    table.add({ id, kind: 1, facet: 1 }, { rank: index % 2 ? "deny" : "allow" }, index);
  }
  return table.rules();
}

/** What programs find in a row; undefined where there is no table. */
function found(rules: BpfMap, row: number): Map<string, string> | undefined {
  const id = Buffer.alloc(4);
  if (!rules.lookup(number32(row), id)) return undefined;
  const table = BpfMap.fromId(id.readUInt32LE());
  onTestFinished(() => table.close());
  const { keys, values, count } = table.entries(table.info.maxEntries);
  return byKey({ keys, values, count });
}

function byKey({ keys, values, count }: Rules): Map<string, string> {
  const hex = (bytes: Uint8Array, size: number, index: number) =>
    Buffer.from(bytes.subarray(index * size, (index + 1) * size)).toString("hex");
  return new Map(
    Array.from({ length: count }, (_, index) => [hex(keys, 24, index), hex(values, 8, index)]),
  );
}

test("a row has all the entries, until it has others or none", () => {
  const rules = openRules();
  const tables = new KernelRuleTables(rules);
  tables.put(3, someRules(200));
  expect(found(rules, 3)).toEqual(byKey(someRules(200)));
  tables.put(3, someRules(2));
  expect(found(rules, 3)?.size).toBe(2);
  tables.remove(3);
  expect(found(rules, 3)).toBeUndefined();
  tables.remove(3);
});

test("a policy without entries has an empty table", () => {
  const rules = openRules();
  const tables = new KernelRuleTables(rules);
  tables.put(1, someRules(0));
  expect(found(rules, 1)?.size).toBe(0);
});

test("to settle changes nobody's row", () => {
  const rules = openRules();
  const tables = new KernelRuleTables(rules);
  tables.put(1, someRules(5));
  tables.settle();
  expect([found(rules, 1)?.size, found(rules, 0)?.size]).toEqual([5, 0]);
});

test("a row that the kernel does not have is refused by its reason", () => {
  expect(() => new KernelRuleTables(openRules()).put(64, someRules(1))).toThrow("E2BIG");
});
