/** A service is held from its first moment at each start, by the kernel itself. */
import { beforeAll, expect, test } from "vitest";
import type { CameThrough, Restarts } from "./restarts.ts";

/** Two agents start in it, one after the other: it takes a VM some minutes. */
const within = { timeout: 1_200_000 };

export function proveRestarts(begin: () => Promise<Restarts>, expectsRefusal?: true): void {
  let result: Restarts;
  beforeAll(async () => void (result = await begin()), within.timeout);

  test.for([
    ["under an agent", "starts"],
    ["without an agent", "starts"],
    ["under the next agent", "few"],
  ] as const)("%s nothing that is denied comes through, whatever it does first", ([when, many]) => {
    const { [many]: times, refuses, cameThrough } = result;
    if (expectsRefusal) expect(refuses).toBe(true);
    // Where no hook refuses a file, it is told of: below.
    const none = { exec: 0, network: 0, file: refuses ? 0 : times, syscall: 0 };
    expect(cameThrough[when]).toEqual(none);
  });
  test("each start is decided about once, and told of", () => {
    const { starts, decided } = result;
    expect(decided).toEqual({ exec: starts, network: starts, file: starts, syscall: starts });
  });
  test.for(["after an edit that lets it", "after its policy was removed", "after all was lifted"])(
    "%s it is let",
    (when) => {
      const let_: CameThrough = { exec: 1, network: 1, file: 1, syscall: 1 };
      expect(result.cameThrough[when]).toEqual(let_);
    },
  );
  test("the agent knows each by its policy, as the only one", () => {
    const again = "pahlevan-test-again.service by again: Enforcing";
    expect(new Set(result.held)).toEqual(new Set([again]));
  });
}
