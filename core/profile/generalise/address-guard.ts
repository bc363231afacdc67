/** Addresses that are in no range of addresses, whatever was seen beside them. */
import {
  contains,
  parseAddress,
  rangeOf,
  type Address,
  type Range,
} from "../../behaviour/address.ts";

const guarded: readonly { readonly range: Range; readonly why: string }[] = [
  { text: "169.254.0.0", prefix: 16, why: "link-local: cloud metadata answers there" },
  { text: "fe80::", prefix: 10, why: "link-local" },
  { text: "fd00:ec2::", prefix: 32, why: "cloud metadata answers there" },
  { text: "100.100.100.200", prefix: 32, why: "cloud metadata answers there" },
  { text: "127.0.0.0", prefix: 8, why: "loopback: each port there is another service" },
  { text: "::", prefix: 127, why: "loopback, or any address" },
  { text: "0.0.0.0", prefix: 8, why: "any address" },
  { text: "224.0.0.0", prefix: 4, why: "multicast" },
  { text: "240.0.0.0", prefix: 4, why: "broadcast, or not assigned" },
  { text: "ff00::", prefix: 8, why: "multicast" },
].flatMap(({ text, prefix, why }) => {
  const address = parseAddress(text);
  return address === undefined ? [] : [{ range: rangeOf(address, prefix), why }];
});

/** Why the address is in no range, whatever its neighbours; undefined where it may be. */
export function addressGuard(address: Address): string | undefined {
  return guarded.find(({ range }) => contains(range, address))?.why;
}
