import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addressText,
  contains,
  distanceOf,
  parseAddress,
  rangeOf,
  rangeText,
  type Address,
} from "./address.ts";

function read(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined) throw new Error(`${text} was not read`);
  return address;
}

describe("addresses", () => {
  it("are read back as they were written", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const address = read(text);
        expect(read(addressText(address))).toEqual(address);
      }),
    );
  });

  it.each(["", "1.2.3", "1.2.3.256", "01.2.3.4", "1:2", "::1::", "g::", "1.2.3.4.5"])(
    "%j is none",
    (text) => {
      expect(parseAddress(text)).toBeUndefined();
    },
  );

  it("of IPv4 within IPv6 are IPv4", () => {
    expect(read("::ffff:10.0.0.1")).toEqual(read("10.0.0.1"));
  });

  it.each([
    ["127.9.9.9", "loopback"],
    ["::1", "loopback"],
    ["172.31.0.1", "private"],
    ["172.32.0.1", "public"],
    ["100.64.0.1", "private"],
    ["fd12::1", "private"],
    ["2001:db8::1", "public"],
  ])("%s is %s", (text, distance) => {
    expect(distanceOf(read(text))).toBe(distance);
  });

  it("lie in the range that was made of them, and its text says it", () => {
    const range = rangeOf(read("10.1.2.3"), 24);
    expect(rangeText(range)).toBe("10.1.2.0/24");
    expect(contains(range, read("10.1.2.255"))).toBe(true);
    expect(contains(range, read("10.1.3.0"))).toBe(false);
    expect(rangeText(rangeOf(read("2001:db8:1:2:3::4"), 64))).toBe("2001:db8:1:2::/64");
  });
});
