import { expect, it } from "vitest";
import { learningLines } from "./learning-text.ts";

it("says what each facet waits for, on as many lines as that takes", () => {
  const told = [
    { facets: ["exec", "file"], isComplete: true, words: "complete" },
    { facets: ["network"], isComplete: false, words: "nothing new for 12 s of 60 s" },
  ] as const;
  expect(learningLines({ told }, 24)).toEqual([
    "exec, file: complete",
    "network: nothing new for",
    "  12 s of 60 s",
  ]);
});
