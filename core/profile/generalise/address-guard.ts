/** Addresses that are in no range of addresses, whatever was seen beside them. */
import type { Address } from "../../behaviour/address.ts";
import { holdsAddress, range, type Cidr } from "../../behaviour/cidr.ts";

const guarded = [
  { cidr: range("169.254.0.0/16"), why: "link-local: cloud metadata answers there" },
  { cidr: range("fe80::/10"), why: "link-local" },
  { cidr: range("fd00:ec2::/32"), why: "cloud metadata answers there" },
  { cidr: range("100.100.100.200/32"), why: "cloud metadata answers there" },
  { cidr: range("127.0.0.0/8"), why: "loopback: each port there is another service" },
  { cidr: range("::/127"), why: "loopback, or any address" },
  { cidr: range("0.0.0.0/8"), why: "any address" },
  { cidr: range("224.0.0.0/4"), why: "multicast" },
  { cidr: range("240.0.0.0/4"), why: "broadcast, or not assigned" },
  { cidr: range("ff00::/8"), why: "multicast" },
];

/** Why the address is in no range, whatever its neighbours; undefined where it may be. */
export function addressGuard(address: Address): string | undefined {
  return guarded.find(({ cidr }) => holdsAddress(cidr, address))?.why;
}

/** Whether a range would speak for an address that is in none. */
export function reachesGuarded({ bytes, bits }: Cidr): boolean {
  return guarded.some(({ cidr }) => {
    return bits <= cidr.bits
      ? holdsAddress({ bytes, bits }, cidr.bytes)
      : holdsAddress(cidr, bytes);
  });
}
