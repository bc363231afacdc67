/** A quarantine cuts connections that stand, whatever becomes of the agent, until it is lifted. */
import { beforeAll, expect, test } from "vitest";
import type { QuarantineTrial, Through } from "./quarantine-trial.ts";

/** Two agents start in it, one after the other: it takes a VM some minutes. */
const within = { timeout: 1_200_000 };

const open: Through = { said: true, heard: true, dialled: true, cameIn: true, loopback: true };
const cutOff: Through = {
  ...{ said: false, heard: false, dialled: false, cameIn: false },
  loopback: true,
};

export function proveQuarantine(begin: () => Promise<QuarantineTrial>): void {
  let result: QuarantineTrial;
  beforeAll(async () => void (result = await begin()), within.timeout);

  test.for(["quarantined", "without an agent", "under the next agent", "quarantined again"])(
    "%s nothing goes out and nothing comes in, of connections that stand either; loopback does",
    (when) => {
      expect(result.through[when]).toEqual(cutOff);
    },
  );
  test("who begins meanwhile is cut off as well", () => {
    expect(result.through["who begins meanwhile"]).toEqual(cutOff);
  });
  test.for(["before", "resumed", "released"])(
    "%s everything goes on, over the same connection",
    (when) => {
      expect(result.through[when]).toEqual(open);
    },
  );
  test("how many are cut off is said, and what that dropped", () => {
    const { cut, says } = result;
    expect(cut).toEqual({ before: 0, quarantined: 1, "under the next agent": 1, resumed: 0 });
    expect(says).toMatch(/cut off +1 instance from all beyond loopback.* [1-9]\d* packets dropped/);
  });
  test("a peer to whom packets were dropped is told of once, by the policy", () => {
    const { decisions } = result;
    const dropped = /^deny network send tcp\/10\.77\.9\.1:7791\/out cut .*quarantine/;
    expect(decisions.filter((line) => dropped.test(line))).toHaveLength(1);
  });
  test("once all is lifted nothing is left of it", () => {
    expect(result.left).toEqual([]);
  });
}
