/** Who gets hold of a map before it is protected does not keep one that is in use. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { BpfMap } from "@pahlevan/native";
import { Shield } from "../../../agent/kernel/guard/shield.ts";
import { cannotSense } from "../pahlevan.ts";
import { Sensed } from "../sensed.ts";

const taken: BpfMap[] = [];
const made: number[] = [];

/** Each time that maps are made, until it has taken so many. */
function taking(most: number): void {
  // oxlint-disable-next-line typescript/unbound-method -- it is called on the shield again
  const protect = Shield.prototype.map;
  vi.spyOn(Shield.prototype, "map").mockImplementation(function (this: Shield, name, id) {
    if (name === "instances") made.push(id);
    if (name === "instances" && taken.length < most) taken.push(BpfMap.fromId(id));
    protect.call(this, name, id);
  });
}

const start = () => Sensed.start({ guard: true, policies: 2 });

describe.skipIf(cannotSense !== undefined)(
  `maps at the start (${cannotSense ?? "as root"})`,
  () => {
    afterEach(() => {
      for (const map of taken.splice(0)) map.close();
      made.length = 0;
      vi.restoreAllMocks();
    });
    const within = { timeout: 180_000 };

    test("who takes one once is left with what nobody uses", within, async () => {
      taking(1);
      const { sensors } = await start();
      const [first, inUse] = made;
      expect(taken.map((map) => map.info.id)).toEqual([first]);
      expect(inUse).not.toBe(first);
      sensors.close();
    });

    test("with who takes one each time nothing is started", within, async () => {
      taking(Infinity);
      await expect(start()).rejects.toThrow(
        "other processes open pahlevan's map instances at each start",
      );
      expect(taken).toHaveLength(3);
    });
  },
);
