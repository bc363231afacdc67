/** Turns a performance of the acts, on this machine or from a VM, into tests: one for each act. */
import { expect, test } from "vitest";
import { blindness, expected } from "./acts/act.ts";
import { acts } from "./acts/all.ts";
import type { Told } from "./stage/told.ts";
import type { Performance } from "./stage/perform.ts";

export function proveActs({ tiers, isOld, results, ...performance }: Performance): void {
  for (const act of acts) {
    if (isOld && act.newer) continue;
    const blind = blindness(act, tiers);
    const title = blind === undefined ? act.title : `not seen here (${blind}): ${act.title}`;
    test(title, () => {
      const result = results.find((each) => each.title === act.title);
      expect(sorted(result?.told ?? [])).toEqual(sorted(expected(act, tiers)));
    });
  }
  test("of the container beside it, in which nothing happened, nothing was told", () => {
    expect(performance.untouched).toEqual([]);
  });
  test("the container of the acts is named by its runtime's id and name", () => {
    const { boxId: id } = performance;
    expect(performance.identity).toMatchObject({
      kind: "container",
      workload: id,
      container: { id, name: id, runtime: "runc" },
      complete: true,
    });
  });
  test("every fact was delivered, aggregated or dropped, and each delivered one came", () => {
    expect(performance.lossEquation).toMatchObject({ holds: true, dropped: 0 });
    expect(performance.malformed).toBe(0);
  });
}

/** Processes run side by side: the order of what they do is not a claim. */
function sorted(told: readonly Told[]): readonly Told[] {
  return told.toSorted((a, b) =>
    JSON.stringify(ordered(a)) < JSON.stringify(ordered(b)) ? -1 : 1,
  );
}

/** Fields by name, so that two equal facts read alike. */
function ordered(told: Told): unknown {
  return Object.entries(told).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
