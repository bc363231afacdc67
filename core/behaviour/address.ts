/** IP addresses as numbers: reading them, writing them, and how far away they are. */

export interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

export type Distance = "loopback" | "private" | "public";

/** Undefined for what is no address. IPv4 within IPv6 is taken for IPv4. */
export function parseAddress(text: string): Address | undefined {
  if (!text.includes(":")) {
    const value = ipv4(text);
    return value === undefined ? undefined : { bits: 32, value };
  }
  const value = ipv6(text);
  if (value === undefined) return undefined;
  return value >> 32n === 0xffffn
    ? { bits: 32, value: value & 0xffff_ffffn }
    : { bits: 128, value };
}

function ipv4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = (value << 8n) | BigInt(part);
  }
  return value;
}

function ipv6(text: string): bigint | undefined {
  const [head = "", tail, more] = text.split("::");
  if (more !== undefined) return undefined;
  const front = groups(head);
  const back = groups(tail ?? "");
  if (front === undefined || back === undefined) return undefined;
  const missing = 8 - front.length - back.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  return [...front, ...Array<number>(missing).fill(0), ...back].reduce(
    (value, group) => (value << 16n) | BigInt(group),
    0n,
  );
}

function groups(text: string): number[] | undefined {
  if (text === "") return [];
  const found: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    const dotted = index === parts.length - 1 && part.includes(".") ? ipv4(part) : undefined;
    if (dotted !== undefined) found.push(Number(dotted >> 16n), Number(dotted & 0xffffn));
    else if (/^[0-9a-f]{1,4}$/i.test(part)) found.push(parseInt(part, 16));
    else return undefined;
  }
  return found;
}

/** As RFC 5952 writes it, but for the longest run of zeros, which only base addresses need here. */
export function addressText({ bits, value }: Address): string {
  if (bits === 32) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join(".");
  const all = Array.from({ length: 8 }, (_, at) => (value >> BigInt(112 - at * 16)) & 0xffffn);
  const end = all.findLastIndex((group) => group !== 0n) + 1;
  const shown = all.map((group) => group.toString(16));
  return end >= 7 ? shown.join(":") : `${shown.slice(0, end).join(":")}::`;
}

const private4 = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"];
const privateRanges = [...private4, "100.64.0.0/10", "fc00::/7", "fe80::/10"].map(parseRange);
const loopbackRanges = ["127.0.0.0/8", "::1/128"].map(parseRange);

/** As the kernel programs tell accepted connections' peers apart (bpf/include/endpoint.h). */
export function distanceOf(address: Address): Distance {
  if (loopbackRanges.some((range) => contains(range, address))) return "loopback";
  return privateRanges.some((range) => contains(range, address)) ? "private" : "public";
}

export interface Range {
  readonly base: Address;
  readonly prefix: number;
}

export function rangeOf({ bits, value }: Address, prefix: number): Range {
  const host = BigInt(bits - prefix);
  return { base: { bits, value: (value >> host) << host }, prefix };
}

export function contains({ base, prefix }: Range, { bits, value }: Address): boolean {
  const host = BigInt(base.bits - prefix);
  return base.bits === bits && base.value >> host === value >> host;
}

export function rangeText({ base, prefix }: Range): string {
  return `${addressText(base)}/${prefix}`;
}

/** For ranges written in the code: what is none there is a mistake of ours. */
function parseRange(text: string): Range {
  const [address = "", prefix] = text.split("/");
  const base = parseAddress(address);
  if (base === undefined) throw new Error(`${text} is no range of addresses`);
  return rangeOf(base, Number(prefix));
}
