/**
 * What cannot stay is not there at all: else a call would be decided at its entry and once more.
 */
import { expect, test } from "vitest";
import { GuardedCalls } from "./guarded-calls.ts";
import type { Pins } from "./pins.ts";

function linkOf(done: string[], name: string) {
  const does = (what: string) => () => void done.push(`${what} ${name}`);
  return {
    ...{ kind: "kprobe_multi", id: 1, programId: 1 },
    ...{ pin: does("pin"), unpin: does("unpin"), close: does("close") },
  };
}

test("one takes the other's place, and one that cannot be pinned is closed", () => {
  const done: string[] = [];
  let made = 0;
  const calls = new GuardedCalls({
    object: { attachFunctions: () => linkOf(done, String(++made)) },
    shield: undefined,
  });
  let isFull = false;
  const pins: Pick<Pins, "pin"> = {
    pin: (_, link) => {
      if (isFull) throw new Error("ENOSPC");
      link.pin("");
    },
  };
  calls.pin(pins);
  expect(calls.set(() => true)).toBeGreaterThan(300);
  calls.set(() => true);
  expect(done).toEqual(["pin 1", "unpin 1", "close 1", "pin 2"]);
  isFull = true;
  expect(() => calls.set(() => true)).toThrow("ENOSPC");
  expect(done.slice(4)).toEqual(["unpin 2", "close 2", "close 3"]);
  expect(calls.isOn).toBe(false);
});
