/** What is written is read to the same, and holds nothing that hides. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { yamlText } from "./yaml-text.ts";

const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("\x7f\x1b[31m", "\u202e", "\u2028", "a\nb", "\u{e0001}", "null", "- a: [", "\\"),
);

it("any text survives, as key and as value", () => {
  fc.assert(
    fc.property(fc.dictionary(text, fc.array(text)), (value) => {
      const written = yamlText({ value });
      expect(parse(written, { maxAliasCount: 0 })).toEqual({ value });
      expect(written).not.toMatch(/[^\P{Cc}\n]|[\p{Cf}\u2028\u2029\ufffe\uffff]/u);
    }),
    { numRuns: 500 },
  );
});

it("text without such letters stays as people write it", () => {
  expect(yamlText({ path: "/etc/café", list: ["a b"] })).toBe("path: /etc/café\nlist:\n  - a b\n");
});
