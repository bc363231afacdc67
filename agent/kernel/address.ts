/** Addresses as people write them: dotted IPv4, IPv6 by RFC 5952, and IPv4 within IPv6 as IPv4. */

export function ipv4At(bytes: Uint8Array, at: number): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
}

export function ipv6At(bytes: Uint8Array, at: number): string {
  const groups: number[] = [];
  for (let group = 0; group < 8; group++)
    groups.push(((bytes[at + group * 2] ?? 0) << 8) | (bytes[at + group * 2 + 1] ?? 0));
  if (isMapped(groups)) return ipv4At(bytes, at + 12);
  const { start, length } = longestZeros(groups);
  const hex = groups.map((group) => group.toString(16));
  // RFC 5952, 4.2.2: a single zero group is not shortened.
  if (length < 2) return hex.join(":");
  return `${hex.slice(0, start).join(":")}::${hex.slice(start + length).join(":")}`;
}

/** ::ffff:0:0/96, what a dual-stack socket shows for IPv4. */
function isMapped(groups: readonly number[]): boolean {
  return groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0);
}

/** Of equal ones the first (RFC 5952, 4.2.3). */
function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}
