import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeField, Message } from "./protobuf.ts";

test("strings, messages and maps are read as the format's own documentation writes them", () => {
  // protobuf.dev, "Encoding": field 2 = "testing"; field 1 = 150.
  expect(new Message(Buffer.from("120774657374696e67", "hex")).string(2)).toBe("testing");
  expect(encodeField(2, "testing")).toEqual(Buffer.from("120774657374696e67", "hex"));
  const nested = new Message(Buffer.from("1a03089601", "hex")).message(3);
  expect(nested.string(1)).toBe("");
  const entry = Buffer.concat([encodeField(1, "key"), encodeField(2, "value")]);
  expect(new Message(encodeField(2, entry)).stringMap(2)).toEqual([["key", "value"]]);
});

test("fields of every wire type are passed over on the way to the wanted one", () => {
  const others = Buffer.from("08ffffffffffffffffff011101020304050607081d01020304", "hex");
  const message = new Message(Buffer.concat([others, encodeField(900, "here")]));
  expect(message.string(900)).toBe("here");
});

test("what is written is read back, of any field and length", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2 ** 29 - 1 }),
      fc.string({ maxLength: 40_000 }),
      (field, text) => {
        expect(new Message(encodeField(field, text)).string(field)).toBe(
          Buffer.from(text).toString(),
        );
      },
    ),
  );
});

test("bytes that are no message are refused, never misread for ever", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        expect(new Message(bytes)).toBeInstanceOf(Message);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
    { numRuns: 5000 },
  );
  expect(() => new Message(Buffer.from("12ff", "hex"))).toThrow(RangeError);
  expect(() => new Message(Buffer.from("1205aa", "hex"))).toThrow(/cut short/);
});
