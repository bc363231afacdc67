import { phases } from "@pahlevan/core/loop/phase.ts";
import { table } from "@pahlevan/core/loop/table.ts";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { loopBoard, stateExpression } from "./loop.ts";

const mapping = z.object({ options: z.record(z.string(), z.object({ text: z.string() })) });
const shape = z.object({
  panels: z.array(
    z.object({
      title: z.string(),
      fieldConfig: z
        .object({ defaults: z.object({ mappings: z.array(mapping).default([]) }) })
        .optional(),
      options: z.object({ content: z.string().optional() }).default({}),
    }),
  ),
});
const { panels } = shape.parse(JSON.parse(loopBoard()));

describe("the loop's dashboard", () => {
  it("names each state as the number that its query gives it", () => {
    const [timeline] = panels;
    for (const [place, text] of phases.entries()) {
      expect(stateExpression("")).toContain(`{state="${text}"} * ${place}`);
      expect(timeline?.fieldConfig?.defaults.mappings[0]?.options[place]?.text).toBe(text);
    }
  });

  it("says of every transition what it takes", () => {
    const content = panels.at(-1)?.options.content?.split("\n") ?? [];
    expect(content).toHaveLength(table.length + 2);
    for (const { on, to } of table)
      expect(content).toContainEqual(
        expect.stringMatching(new RegExp(`\\| \`${on}\` \\|.*\\| ${to} \\|`)),
      );
    expect(content.join("\n")).toContain(table[0]?.does);
  });
});
