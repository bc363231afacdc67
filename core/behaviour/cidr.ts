/** Ranges of addresses: 10.0.0.0/8, 2001:db8::/32, or one address alone. */
import { addressText, readAddress, type Address } from "./address.ts";

export interface Cidr {
  /** Four or sixteen; none is set beyond `bits`. */
  readonly bytes: Address;
  /** How many bits of it count. */
  readonly bits: number;
}

/** The range of this length that the address lies in. */
export function cidrOf(address: Address, bits: number): Cidr {
  return unmapped({ bytes: masked(address, bits), bits });
}

/** Sockets of IPv6 reach IPv4 peers as ::ffff:a.b.c.d; to the kernel's tables that is IPv4. */
function unmapped({ bytes, bits }: Cidr): Cidr {
  const isMapped =
    bytes.length === 16 && bits >= 96 && bytes.slice(0, 12).join("") === mappedPrefix;
  return isMapped ? { bytes: bytes.slice(12), bits: bits - 96 } : { bytes, bits };
}
const mappedPrefix = "0000000000255255";

/** An address as behaviours and acts write it, IPv4 within IPv6 as IPv4. */
export function peerAddress(text: string): Address | undefined {
  const address = readAddress(text);
  return address && cidrOf(address, address.length * 8).bytes;
}

function masked(bytes: Address, bits: number): number[] {
  return bytes.map((byte, index) => {
    const kept = Math.min(8, Math.max(0, bits - index * 8));
    return byte & (0xff00 >> kept) & 0xff;
  });
}

export function cidrText({ bytes, bits }: Cidr): string {
  return `${addressText(bytes)}/${bits}`;
}

/** One address is written without its length. */
export function addressOrRange(cidr: Cidr): string {
  return cidr.bits === cidr.bytes.length * 8 ? addressText(cidr.bytes) : cidrText(cidr);
}

export function holdsAddress({ bytes, bits }: Cidr, address: Address): boolean {
  return masked(address, bits).join() === bytes.join();
}

/** For ranges written in the code: what is none there is a mistake of ours. */
export function range(text: string): Cidr {
  const [address = "", bits] = text.split("/");
  const bytes = readAddress(address);
  if (bytes === undefined) throw new Error(`${text} is no range of addresses`);
  return cidrOf(bytes, Number(bits));
}
