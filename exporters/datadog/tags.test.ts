import * as fc from "fast-check";
import { expect, it } from "vitest";
import { tagOf, tagsOf } from "./tags.ts";

it.each([
  ["Team:Shop", "team:shop"],
  ["image:registry.example/shop:1.4", "image:registry.example/shop:1.4"],
  ["says:a b,c|d#e", "says:a_b_c_d_e"],
  ["9lives:x", "lives:x"],
  ["städte:münchen", "städte:münchen"],
  ["ends:_", "ends"],
  ["\n", ""],
  ["ü".repeat(300), "ü".repeat(200)],
])("%j is %j", (text, tag) => {
  expect(tagOf(text)).toBe(tag);
});

it("is one that Datadog would leave as it is, whatever it is made of", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 600 }), (text) => {
      const tag = tagOf(text);
      expect(tag).toMatch(/^(?:[\p{L}][\p{L}\p{N}_\-:./]{0,199})?$/u);
      expect(tag).not.toMatch(/[_:]$/);
    }),
  );
});

it("says nothing of what has no value", () => {
  expect(tagsOf({ env: "", cluster: "Prod" })).toEqual(["cluster:prod"]);
});
