/** What a program did for its start alone is allowed at its start alone. */
import { expect, test } from "vitest";
import type { PhasesTrial } from "./phases-trial.ts";

export function provePhases(result: Promise<PhasesTrial>): void {
  const within = { timeout: 1_200_000 };
  test(
    "what it does once at its start is of the start, what it repeats of the work too",
    within,
    async () => {
      const { learned } = await result;
      expect(learned).toMatchObject({
        "file read HERE/config": "init",
        "exec /usr/bin/uname": "init",
        "file read HERE/data": "init steady",
        "exec /usr/bin/cat": "init steady",
        // Counted by the kernel, not told each.
        "syscall sysinfo": "init",
        "syscall openat": "init steady",
      });
    },
  );
  test(
    "when its start is over its part of the kernel's memory is empty, and counted right",
    within,
    async () => {
      const { entries, found } = await result;
      expect(entries.start).toBeGreaterThan(8);
      expect(entries.over).toBeLessThan(entries.start);
      expect(entries.work).toBe(found);
    },
  );
  test("held to that, it starts and works, and nothing is denied", within, async () => {
    const { dryRun, atStart, atWork } = await result;
    expect(dryRun).toBe("yes");
    expect(atStart).toEqual({ exits: ["started 0", "helper 0"], decisions: [] });
    expect(atWork).toEqual({ exits: [...atStart.exits, "work 0", "work 0"], decisions: [] });
  });
  test("what belongs to its start it may not do later, and is told why", within, async () => {
    const { refuses, atWork, tooLate } = await result;
    const [config, helper] = tooLate.exits.slice(atWork.exits.length);
    expect(config).toBe(refuses ? "config 1" : "config 0");
    expect(helper).toBe(refuses ? "helper 126" : "helper 137");
    const why = "it is allowed while the instance starts, and that is over";
    for (const decision of tooLate.decisions) expect(decision).toContain(why);
    expect(tooLate.decisions).toContainEqual(
      expect.stringMatching(refuses ? /^deny file HERE\/config:/ : /^alert file HERE\/config:/),
    );
    // Where hooks refuse, opening the program is refused before running it would be.
    expect(tooLate.decisions).toContainEqual(
      expect.stringMatching(
        refuses ? /^deny \w+ \/usr\/bin\/uname:/ : /^kill exec \/usr\/bin\/uname:/,
      ),
    );
  });
  test("started again, it is at its start again", within, async () => {
    expect((await result).restarted).toEqual({
      exits: ["started 0", "helper 0"],
      decisions: [],
    });
  });
}
