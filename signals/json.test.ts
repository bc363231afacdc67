import fc from "fast-check";
import { expect, it } from "vitest";
import { parseJson } from "./json.ts";

/** Typed, where `expect`'s own is any. */
const like = (pattern: RegExp): unknown => expect.stringMatching(pattern);

it("is JSON's own meaning, where it is small and flat", () => {
  const property = fc.property(fc.json({ maxDepth: 6 }), (text) => {
    const value: unknown = JSON.parse(text);
    expect(parseJson(Buffer.from(text))).toEqual({ value });
  });
  fc.assert(property);
});

it("does not count what is in strings", () => {
  const text = JSON.stringify({ a: `${"[".repeat(100)}\\" \\\\`, b: `\\${"{".repeat(100)}` });
  expect(parseJson(Buffer.from(text))).toHaveProperty("value");
});

it.each([
  ["[".repeat(33) + "]".repeat(33), /deeper than 32/],
  [`[${"[],".repeat(64_000)}[]]`, /more than 64000 lists/],
  [`[${"0,".repeat(1_000_001)}0]`, /more than 1000000 values/],
  ['{"a":', /^no JSON$/],
  ['"no end', /^no JSON$/],
  ["", /^no JSON$/],
])("refuses what would cost more than an alert", (text, why) => {
  expect(parseJson(Buffer.from(text))).toEqual({ unreadable: like(why) });
});

it("refuses what is no UTF-8, and does not quote it", () => {
  expect(parseJson(Buffer.from([0x22, 0xff, 0x22]))).toEqual({ unreadable: "no UTF-8" });
});
