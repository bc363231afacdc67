/** What a filter by severity lets through. */
import { expect, it } from "vitest";
import { called, denied, moved } from "../test/exporters/notify-trying.ts";
import { wanted } from "./dispatch/common.ts";
import { mattersAs, severityOf } from "./severity.ts";

it.each([
  [moved("Enforcing", "Quarantine"), "critical", "critical"],
  [moved("Quarantine", "Enforcing"), "info", "critical"],
  [moved("Healing", "RolledBack"), "error", "error"],
  [moved("Learning", "Canary"), "info", "info"],
  [called("ask"), "warning", "warning"],
  [denied(), "error", "error"],
])("case %#: the end of trouble as much as the trouble", ({ line }, own, forFilter) => {
  expect(severityOf(line)).toBe(own);
  expect(mattersAs(line)).toBe(forFilter);
});

it("and so the filter of every sink does", () => {
  const wish = { events: ["transition"], namespaces: [], policies: [] } as const;
  const passes = wanted({ ...wish, "minimum-severity": "warning" });
  expect(passes(moved("Quarantine", "Enforcing").line)).toBe(true);
  expect(passes(moved("Learning", "Canary").line)).toBe(false);
});
