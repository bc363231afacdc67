import { expect, it } from "vitest";
import { usualSettings } from "@pahlevan/core/loop/settings.ts";
import { loadConfig } from "../config/load.ts";
import { loopSettings } from "./settings.ts";

const read = async (environment: Readonly<Record<string, string>>) =>
  loopSettings((await loadConfig({ environment, flags: new Map() })).config);

it("what is not configured is as the docs of the loop say", async () => {
  expect(await read({})).toEqual(usualSettings);
});

it("each setting of the loop is the one that it names", async () => {
  const settings = await read({
    PAHLEVAN_WEIGHTS: "breadth=1",
    PAHLEVAN_LEVERS: "datadog=rollback",
    PAHLEVAN_FRESH_FOR: "1m",
    PAHLEVAN_COOL_DOWN: "2m",
    PAHLEVAN_MOST_RETURNS: "4",
    PAHLEVAN_CANDIDATE_EXPIRY: "1h",
    PAHLEVAN_BLAST_RADIUS: "10",
  });
  expect(settings).toMatchObject({
    weights: { ...usualSettings.weights, breadth: 1 },
    levers: { ...usualSettings.levers, datadog: ["rollback"] },
    freshMs: 60_000,
    coolDownMs: 120_000,
    mostReturns: 4,
    candidateMs: 3_600_000,
    caps: { looserShare: 0.1, tighterShare: 0.1 },
  });
});
