/** Real workloads, recorded: a policy of some of their runs lets the others work. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { corpus } from "./corpus.ts";
import { heldOutRun } from "./held-out-run.ts";
import { report, table } from "./report.ts";

const page = new URL("../../../docs/learning.md", import.meta.url);

it("does as well as its page says", () => {
  expect(readFileSync(page, "utf8")).toContain(table(report()));
});

/** Of the behaviours of a run that was not learned from, on average. */
const shareAdmitted = 0.995;

describe.each(corpus())("$workload", (recording) => {
  const found = recording.runs.map((_, run) => heldOutRun(recording, run));

  it("is let work by what was learned of its other runs", () => {
    const asked = found.reduce((sum, run) => sum + run.asked, 0);
    const refused = found.flatMap((run) => run.refused);
    expect(asked).toBeGreaterThan(100);
    expect(refused.length / asked).toBeLessThanOrEqual(1 - shareAdmitted);
  });

  it("needs no more entries than it has behaviours, and all of them can be looked up", () => {
    for (const { learned, entries, leftOut } of found) {
      expect(leftOut).toEqual([]);
      expect(entries.file ?? 0).toBeLessThan(learned.file ?? 0);
    }
  });
});
