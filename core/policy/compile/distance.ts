/**
 * How far an address is: as the sensors tell who comes in, by their distance and not their name.
 */
import { holdsAddress, readCidr, type Cidr } from "../values/cidr.ts";
import { readBefore } from "../values/read.ts";
import type { Distance } from "./compiled.ts";

const ranges = (...texts: readonly string[]): Cidr[] =>
  texts.map((text) => readBefore(readCidr(text)));

const loopback = ranges("127.0.0.0/8", "::1/128");
const near = ranges(
  ...["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10"],
  ...["fc00::/7", "fe80::/10"],
);

/** Undefined for what is no address. */
export function distanceTo(address: string): Distance | undefined {
  const read = readCidr(address);
  if ("refused" in read) return undefined;
  const { bytes } = read.value;
  if (loopback.some((range) => holdsAddress(range, bytes))) return "loopback";
  return near.some((range) => holdsAddress(range, bytes)) ? "private" : "public";
}
