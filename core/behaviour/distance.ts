/**
 * How far an address is: as the kernel programs tell who comes in, by their distance and not their
 * name (bpf/include/endpoint.h).
 */
import type { Address } from "./address.ts";
import { cidrOf, holdsAddress, range } from "./cidr.ts";

const distances = ["loopback", "private", "public"] as const;
export type Distance = (typeof distances)[number];

const loopback = ["127.0.0.0/8", "::1/128"].map(range);
const near4 = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"];
const near = [...near4, "100.64.0.0/10", "fc00::/7", "fe80::/10"].map(range);

/** IPv4 within IPv6 is as far as that IPv4 address is. */
export function distanceOf(address: Address): Distance {
  const { bytes } = cidrOf(address, address.length * 8);
  if (loopback.some((each) => holdsAddress(each, bytes))) return "loopback";
  return near.some((each) => holdsAddress(each, bytes)) ? "private" : "public";
}

export function readDistance(text: string): Distance | undefined {
  return distances.find((each) => each === text);
}
