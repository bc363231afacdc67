/** Ranges of addresses and ports with parts taken out, for tools that can allow but not deny. */
import type { Ports } from "../compile/compiled.ts";
import { cidrText, holdsAddress, type Cidr } from "../../behaviour/cidr.ts";

export const everywhere: readonly Cidr[] = [
  { bytes: Array.from({ length: 4 }, () => 0), bits: 0 },
  { bytes: Array.from({ length: 16 }, () => 0), bits: 0 },
];

function holdsCidr(wide: Cidr, narrow: Cidr): boolean {
  return wide.bits <= narrow.bits && holdsAddress(wide, narrow.bytes);
}

export interface Block {
  readonly cidr: string;
  readonly except?: readonly string[];
}

/** Undefined where nothing is left. */
export function without(cidr: Cidr, denied: readonly Cidr[]): Block | undefined {
  if (denied.some((each) => holdsCidr(each, cidr))) return undefined;
  const inside = denied.filter((each) => holdsCidr(cidr, each)).map(cidrText);
  return { cidr: cidrText(cidr), ...(inside.length > 0 && { except: inside }) };
}

/** What is left of a range of ports. */
export function portsWithout(ports: Ports, denied: readonly Ports[]): Ports[] {
  return denied.reduce<Ports[]>(
    (left, gap) =>
      left.flatMap(({ from, to }) => {
        if (gap.to < from || to < gap.from) return [{ from, to }];
        return [
          ...(from < gap.from ? [{ from, to: gap.from - 1 }] : []),
          ...(gap.to < to ? [{ from: gap.to + 1, to }] : []),
        ];
      }),
    [ports],
  );
}
