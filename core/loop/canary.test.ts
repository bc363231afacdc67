import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canaries, sizeOf, stepAfter, stepBefore, stepSizes } from "./canary.ts";

const usual = [{ instances: 1 }, { percent: 10 }, { percent: 50 }, { percent: 100 }];
const fleet = fc.uniqueArray(
  fc.record({ id: fc.string({ minLength: 1 }), node: fc.constantFrom("a", "b", "c", "d") }),
  { selector: ({ id }) => id, maxLength: 60 },
);

describe("the steps", () => {
  it("grow to all, and a share is never nobody", () => {
    expect(stepSizes(usual, 35)).toEqual([1, 4, 18, 35, 35]);
    expect(sizeOf({ percent: 1 }, 3)).toBe(1);
  });

  it("that hold no more than the one before are passed over, both ways", () => {
    const sizes = stepSizes(usual, 3);
    expect(sizes).toEqual([1, 1, 2, 3, 3]);
    expect([stepAfter(sizes, 0), stepAfter(sizes, 2), stepAfter(sizes, 3)]).toEqual([
      2,
      3,
      undefined,
    ]);
    expect([stepBefore(sizes, 3), stepBefore(sizes, 2), stepBefore(sizes, 1)]).toEqual([
      2,
      1,
      undefined,
    ]);
  });
});

describe("the canaries", () => {
  it("are the same whenever one asks, in whatever order instances are told", () => {
    fc.assert(
      fc.property(fleet, fc.nat(60), (instances, size) => {
        const again = canaries([...instances].reverse(), size, "web");
        expect(again).toEqual(canaries(instances, size, "web"));
      }),
    );
  });

  it("of a step are among those of the next", () => {
    fc.assert(
      fc.property(fleet, fc.nat(60), (instances, size) => {
        const some = canaries(instances, size, "web");
        expect(some.size).toBe(Math.min(size, instances.length));
        const more = canaries(instances, size + 1, "web");
        expect([...some].filter((id) => !more.has(id))).toEqual([]);
      }),
    );
  });

  it("are spread: no node has two of them while another one has none", () => {
    fc.assert(
      fc.property(fleet, fc.nat(60), (instances, size) => {
        const chosen = canaries(instances, size, "web");
        const counts = [...Map.groupBy(instances, ({ node }) => node).values()].map((those) => ({
          has: those.filter(({ id }) => chosen.has(id)).length,
          all: those.length,
        }));
        const most = Math.max(0, ...counts.map(({ has }) => has));
        for (const { has, all } of counts)
          expect(has).toBeGreaterThanOrEqual(Math.min(all, most - 1));
      }),
    );
  });

  it("are others for another workload", () => {
    const instances = Array.from({ length: 40 }, (_, at) => ({ id: `i${at}`, node: "a" }));
    expect(canaries(instances, 8, "web")).not.toEqual(canaries(instances, 8, "shop"));
  });
});
