import { describe, expect, it } from "vitest";
import { readAddress, type Address } from "./address.ts";
import { cidrOf, cidrText, holdsAddress, peerAddress } from "./cidr.ts";
import { distanceOf } from "./distance.ts";

function read(text: string): Address {
  const address = peerAddress(text);
  if (address === undefined) throw new Error(`${text} was not read`);
  return address;
}

describe("addresses", () => {
  it.each(["", "1.2.3", "1.2.3.256", "01.2.3.4", "1:2", "::1::", "g::", "1.2.3.4.5"])(
    "%j is none",
    (text) => {
      expect(peerAddress(text)).toBeUndefined();
    },
  );

  it("of IPv4 within IPv6 are IPv4", () => {
    expect(read("::ffff:10.0.0.1")).toEqual(read("10.0.0.1"));
  });

  it.each([
    ["127.9.9.9", "loopback"],
    ["::ffff:127.0.0.1", "loopback"],
    ["::1", "loopback"],
    ["::ffff:10.0.0.1", "private"],
    ["172.31.0.1", "private"],
    ["172.32.0.1", "public"],
    ["100.64.0.1", "private"],
    ["fd12::1", "private"],
    ["2001:db8::1", "public"],
  ])("%s is %s", (text, distance) => {
    expect(distanceOf(readAddress(text) ?? [])).toBe(distance);
  });

  it("lie in the range that was made of them, and its text says it", () => {
    const range = cidrOf(read("10.1.2.3"), 24);
    expect(cidrText(range)).toBe("10.1.2.0/24");
    expect(holdsAddress(range, read("10.1.2.255"))).toBe(true);
    expect(holdsAddress(range, read("10.1.3.0"))).toBe(false);
    expect(holdsAddress(range, read("a01:200::"))).toBe(false);
    expect(cidrText(cidrOf(read("2001:db8:1:2:3::4"), 64))).toBe("2001:db8:1:2::/64");
  });
});
