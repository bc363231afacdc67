import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import { adjudicate } from "@pahlevan/core/loop/adjudicate.ts";
import { usualSettings } from "@pahlevan/core/loop/settings.ts";
import { routeTo } from "./monitoring.ts";
import { verdictText } from "./shown.ts";
import { quickRules } from "./words.ts";

it("finds in the shipped examples what it edits", () => {
  const route = routeTo("127.0.0.1:1", "/x/token");
  expect(route).toContain("http://127.0.0.1:1/v1/signals/alertmanager");
  expect(route).toContain("credentials_file: /x/token");
  expect(existsSync(quickRules)).toBe(true);
});

it("shows a verdict factor by factor, whatever is in the words of one", () => {
  const denial = {
    behaviour: "network connect tcp/192.0.2.1:4444/out (a, b)",
    facet: "network",
    instances: ["a"],
    denied: 9,
    watched: 0,
    explicit: false,
    sensitive: "a port (of many) that, 0.50 of the time, is bad",
    oddity: 0.7,
    lastMs: 0,
  } as const;
  const { says } = adjudicate(
    {
      ...{ denials: [denial], instances: 3, enforcing: 3, complaints: 0, nowMs: 0 },
      failed: { enforced: 0, watched: 0 },
      changed: undefined,
    },
    usualSettings.weights,
    usualSettings.freshMs,
  );
  const { fact, more } = verdictText(says);
  expect(fact).toBe("someone is in");
  expect(more?.map((line) => line.slice(0, 16))).toEqual([
    "breadth     0.00",
    "freshness   0.00",
    "health      0.00",
    "sensitivity 1.00",
    "anomaly     0.70",
  ]);
  expect(more?.[3]).toMatch(/: a port \(of many\) that, 0\.50 of the time, is bad$/);
});
