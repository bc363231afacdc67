/** Texts and addresses: nothing is lost, nothing is ambiguous. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { ipv4At, ipv6At } from "./address.ts";
import { textAt, textsAt } from "./text.ts";

function text(...bytes: (number | string)[]) {
  const all = Buffer.concat(bytes.map((b) => Buffer.from(typeof b === "number" ? [b] : b)));
  return textAt(all, 0, all.length);
}

test("UTF-8 stays as it is", () => {
  expect(text("/tmp/é/漢/🙂")).toEqual({ value: "/tmp/é/漢/🙂" });
});

test("a byte that is not UTF-8 is escaped, what is around it is not", () => {
  expect(text("/é", 0xff, "漢", 0xc3)).toEqual({ value: "/é\\xff漢\\xc3", escaped: true });
});

test("overlong forms and surrogates are no UTF-8", () => {
  expect(text(0xc0, 0xaf)).toEqual({ value: "\\xc0\\xaf", escaped: true });
  expect(text(0xed, 0xa0, 0x80)).toEqual({ value: "\\xed\\xa0\\x80", escaped: true });
});

test("the name that spells an escape and the name that needs one differ", () => {
  expect(text("\\xff")).toEqual({ value: "\\xff" });
  expect(text("\\xff", 0xff)).toEqual({ value: "\\x5cxff\\xff", escaped: true });
});

test("every byte string can be had back from its text", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      const { value, escaped } = textAt(Buffer.from(bytes), 0, bytes.length);
      expect(escaped ? unescaped(value) : Buffer.from(value)).toEqual(Buffer.from(bytes));
    }),
    { numRuns: 2000 },
  );
});

function unescaped(value: string): Buffer {
  const parts = value.split(/(\\x[0-9a-f]{2})/);
  return Buffer.concat(
    parts.map((part) =>
      part.startsWith("\\x") ? Buffer.from(part.slice(2), "hex") : Buffer.from(part),
    ),
  );
}

test("arguments end at NUL; empty ones count, and what was cut has no end", () => {
  const bytes = Buffer.from("..a\0\0b c\0cu|\0");
  const values = textsAt(bytes, 2, bytes.indexOf("|")).map(({ value }) => value);
  expect(values).toEqual(["a", "", "b c", "cu"]);
});

test.each([
  ["::", Array<number>(16).fill(0)],
  ["::1", [...Array<number>(15).fill(0), 1]],
  ["2001:db8::1", [0x20, 1, 0xd, 0xb8, ...Array<number>(11).fill(0), 1]],
  // One zero group is written out; of two runs of equal length the first is shortened.
  ["2001:db8:0:1:1:1:1:1", [0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]],
  ["2001:db8::1:0:0:1", [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1]],
  ["fe80::", [0xfe, 0x80, ...Array<number>(14).fill(0)]],
  ["192.0.2.1", [...Array<number>(10).fill(0), 0xff, 0xff, 192, 0, 2, 1]],
])("IPv6 as %s", (written, bytes) => {
  expect(ipv6At(Uint8Array.from(bytes), 0)).toBe(written);
});

test("IPv4 is read where it lies", () => {
  expect(ipv4At(Uint8Array.of(9, 9, 127, 0, 0, 1), 2)).toBe("127.0.0.1");
});
