/** Ranges of addresses: 10.0.0.0/8, 2001:db8::/32, or one address alone. */
import { addressText, readAddress } from "./address.ts";
import { refused, type Read } from "./read.ts";

export interface Cidr {
  /** Four or sixteen. */
  readonly bytes: readonly number[];
  /** How many bits of it count. */
  readonly bits: number;
}

export const cidrSays = "a CIDR such as 10.0.0.0/8 or 2001:db8::/32";
export const cidrPattern = /^[0-9A-Fa-f:.]{2,45}(\/[0-9]{1,3})?$/;

export function readCidr(text: string): Read<Cidr> {
  const [, address = "", length] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const bytes = readAddress(address);
  if (bytes === undefined) return refused(`it takes ${cidrSays}`);
  const bits = length === undefined ? bytes.length * 8 : Number(length);
  if (bits > bytes.length * 8) return refused(`its length is more than ${bytes.length * 8} bits`);
  const base = masked(bytes, bits);
  if (base.join() !== bytes.join()) {
    return refused(`it has bits set beyond its length; did you mean ${addressText(base)}/${bits}?`);
  }
  return { value: unmapped({ bytes, bits }) };
}

/** Sockets of IPv6 reach IPv4 peers as ::ffff:a.b.c.d; to the kernel's tables that is IPv4. */
function unmapped({ bytes, bits }: Cidr): Cidr {
  const isMapped =
    bytes.length === 16 && bits >= 96 && bytes.slice(0, 12).join("") === mappedPrefix;
  return isMapped ? { bytes: bytes.slice(12), bits: bits - 96 } : { bytes, bits };
}
const mappedPrefix = "0000000000255255";

function masked(bytes: readonly number[], bits: number): number[] {
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

export function holdsAddress({ bytes, bits }: Cidr, address: readonly number[]): boolean {
  return masked(address, bits).join() === bytes.join();
}

/**
 * Finds, for a range, one of these that holds all of it. Asks for each shorter prefix, so that
 * thousands against thousands stay quick.
 */
export function holdingCidr(cidrs: readonly Cidr[]): (cidr: Cidr) => Cidr | undefined {
  const known = new Map(cidrs.map((cidr) => [cidrText(cidr), cidr]));
  const lengths = new Set(cidrs.map(({ bits }) => bits));
  return ({ bytes, bits }) => {
    for (const length of lengths) {
      if (length > bits) continue;
      const wide = known.get(cidrText({ bytes: masked(bytes, length), bits: length }));
      if (wide) return wide;
    }
    return undefined;
  };
}
