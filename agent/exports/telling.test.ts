import { expect, test } from "vitest";
import type { Sort } from "@pahlevan/exporters/record.ts";
import { madeEvent } from "../sense/made.ts";
import type { NewEvent } from "../store/events.ts";
import { Telling } from "./telling.ts";

function telling(wanted: readonly Sort[], keepsFirstSights = false) {
  const put: Record<string, unknown>[] = [];
  const stored: NewEvent[] = [];
  const made = new Telling({
    store: {
      append: (events) => void stored.push(...events),
      keeps: (event) =>
        event !== "span" && (keepsFirstSights || event !== "pahlevan.behaviour.first_seen"),
    },
    exporting: {
      wants: (sort) => wanted.includes(sort),
      put: (lane, line) => {
        const record: unknown = JSON.parse(line);
        put.push({ lane, ...(typeof record === "object" ? record : {}) });
      },
    },
    tierOf: () => "lsm",
    traceOf: () => ({ traceId: "t", spanId: "s" }),
    complain: () => {},
  });
  return { made, put, stored };
}

const seen = madeEvent({ kind: "open", path: { value: "/etc/hosts" }, access: ["read"] });
const denied = {
  ...seen,
  decision: { action: "deny", facet: "file", uses: ["read"], policy: 1 } as const,
};

test("a record is written once: the store has the very line that is sent", () => {
  const { made, put, stored } = telling(["decision", "first_seen"]);
  made.see(seen);
  made.see(denied);
  made.flush();
  expect(put).toMatchObject([
    { lane: "behaviour", event: "pahlevan.behaviour.first_seen", object: "/etc/hosts" },
    { lane: "decision", event: "pahlevan.decision", trace: { traceId: "t", spanId: "s" } },
  ]);
  expect(stored.map(({ line }): unknown => JSON.parse(line))).toEqual([
    Object.fromEntries(Object.entries(put[1] ?? {}).filter(([name]) => name !== "lane")),
  ]);
});

test("no two records have the same id, and one that has its own keeps it", () => {
  const { made, put } = telling(["first_seen", "span"]);
  for (let n = 0; n < 300; n++) made.see(seen);
  made.tell({
    ...{ id: "span-1", event: "span", time: "2026-11-22T10:00:00Z", name: "x", attributes: {} },
    ...{ namespace: "host", workload: "web", policy: "p", startTime: "2026-11-22T09:00:00Z" },
    span: { traceId: "t", spanId: "s" },
  });
  made.flush();
  expect(new Set(put.map(({ id }) => id)).size).toBe(301);
  expect(put[0]).toMatchObject({ id: "span-1" });
});

test("what nobody wants is not written, nor what somebody watches live", () => {
  const { made, put, stored } = telling([]);
  made.see(seen);
  made.see({ ...seen, flags: ["every"] });
  made.flush();
  expect([put, stored]).toEqual([[], []]);
  const every = telling(["first_seen"]);
  every.made.see({ ...seen, flags: ["every"] });
  every.made.flush();
  expect(every.put).toEqual([]);
});

test("whoever reads the ring does not wait for lines: they are written in a later turn", async () => {
  const { made, put } = telling(["first_seen"]);
  for (let n = 0; n < 1_000; n++) made.see(seen);
  expect(put.length).toBe(0);
  await expect.poll(() => put.length).toBe(1_000);
});

test("what waits for its turn is bounded", () => {
  const { made, put } = telling(["first_seen"]);
  for (let n = 0; n < 10_000; n++) made.see(seen);
  expect(put.length).toBeGreaterThan(1_500);
});
