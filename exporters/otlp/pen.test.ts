/**
 * Protobuf's bytes, by the examples of its own documentation (protobuf.dev, "Encoding") and its
 * bounds. What a real peer reads of them is asked in test/stack/exporters/otlp.test.ts.
 */
import { describe, expect, it } from "vitest";
import { keyValues } from "./key-values.ts";
import { Pen } from "./pen.ts";

function hexOf(write: (pen: Pen) => void): string {
  const pen = new Pen();
  write(pen);
  return Buffer.from(pen.written).toString("hex");
}

describe("a pen", () => {
  it.each<[string, (pen: Pen) => void, string]>([
    ["150", (pen) => pen.int(1, 150), "089601"],
    ["-2", (pen) => pen.int(1, -2), "08feffffffffffffffff01"],
    ["the largest number", (pen) => pen.int(1, Number.MAX_SAFE_INTEGER), "08ffffffffffffff0f"],
    ["a text", (pen) => pen.text(2, "testing"), "120774657374696e67"],
    ["a text with less bytes' letters", (pen) => pen.text(2, "é\ud800"), "1205c3a9efbfbd"],
    ["a message", (pen) => pen.message(3, () => pen.int(1, 150)), "1a03089601"],
    ["numbers one by one", (pen) => pen.packedIntegers(6, [1]), "32080100000000000000"],
    ["bytes", (pen) => pen.hex(9, "00ff"), "4a0200ff"],
  ])("writes %s", (_, write, hex) => {
    expect(hexOf(write)).toBe(hex);
  });

  it("writes lengths that take more than a byte, within one another", () => {
    const text = "x".repeat(20_000);
    const written = hexOf((pen) => pen.message(1, () => pen.message(1, () => pen.text(1, text))));
    const [inner, outer] = ["0aa49c01", "0aa89c01"];
    expect(written).toBe(`${outer}${inner}0aa09c01${Buffer.from(text).toString("hex")}`);
  });
});

describe("attributes", () => {
  it("are of one type, whatever the value", () => {
    const written = keyValues({
      "pahlevan.profile.unseen_mass": 0,
      "pahlevan.loop.step": 0,
      share: 0.5,
      large: 1e300,
    });
    expect(written.map(({ value }) => value)).toEqual([
      { doubleValue: 0 },
      { intValue: 0 },
      { doubleValue: 0.5 },
      { doubleValue: 1e300 },
    ]);
  });
});
