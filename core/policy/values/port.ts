/** Ports as a policy writes them: 443, "8000-8999", "53/udp". */
import { refused, type Read } from "./read.ts";

export const transports = ["tcp", "udp", "sctp"] as const;
export type Transport = (typeof transports)[number];

export interface PortRange {
  readonly from: number;
  readonly to: number;
  /** Absent: every one. */
  readonly transport?: Transport;
}

export const portSays = 'a port (443), a range ("8000-8999") or one of a protocol ("53/udp")';
export const portPattern = /^[0-9]{1,5}(-[0-9]{1,5})?(\/(tcp|udp|sctp))?$/;

export function readPort(written: number | string): Read<PortRange> {
  const found = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(\w+))?$/.exec(String(written));
  if (found === null) return refused(`it takes ${portSays}`);
  const [, first = "", last = first, name] = found;
  const transport = transports.find((each) => each === name);
  if (name !== undefined && transport === undefined) {
    return refused(`'${name}' is none of ${transports.join(", ")}`);
  }
  const [from, to] = [Number(first), Number(last)];
  if (from < 1 || to < 1 || from > 65_535 || to > 65_535) return refused("ports are 1 to 65535");
  if (from > to) return refused("the range ends before it begins");
  return { value: { from, to, ...(transport !== undefined && { transport }) } };
}

/** A number where one can stand. */
export function portText({ from, to, transport }: PortRange): number | string {
  if (from === to && transport === undefined) return from;
  return `${from}${to === from ? "" : `-${to}`}${transport === undefined ? "" : `/${transport}`}`;
}
