/** Ranges of addresses as a policy writes them. */
import { addressText, readAddress } from "../../behaviour/address.ts";
import { cidrOf, cidrText, type Cidr } from "../../behaviour/cidr.ts";
import { refused, type Read } from "./read.ts";

export const cidrSays = "a CIDR such as 10.0.0.0/8 or 2001:db8::/32";
export const cidrPattern = /^[0-9A-Fa-f:.]{2,45}(\/[0-9]{1,3})?$/;

export function readCidr(text: string): Read<Cidr> {
  const [, address = "", length] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const bytes = readAddress(address);
  if (bytes === undefined) return refused(`it takes ${cidrSays}`);
  const bits = length === undefined ? bytes.length * 8 : Number(length);
  if (bits > bytes.length * 8) return refused(`its length is more than ${bytes.length * 8} bits`);
  const found = cidrOf(bytes, bits);
  const isWhole = found.bytes.join() === bytes.slice(-found.bytes.length).join();
  if (!isWhole) {
    return refused(
      `it has bits set beyond its length; did you mean ${addressText(found.bytes)}/${found.bits}?`,
    );
  }
  return { value: found };
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
      const wide = known.get(cidrText(cidrOf(bytes, length)));
      if (wide) return wide;
    }
    return undefined;
  };
}
