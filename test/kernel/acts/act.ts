/** One deed in a container, and what the kernel's senses have to tell of it: no more, no less. */
import type { Tier } from "@pahlevan/agent/kernel/hooks.ts";
import type { Kind } from "@pahlevan/core/behaviour/event.ts";
import type { Told } from "../stage/told.ts";

/** The tier of each fact by its name; absent: this kernel has no place to see it from. */
export type Tiers = Readonly<Record<string, Tier>>;

/** A name need not be text. */
type Word = string | Buffer;

export interface Act {
  /** A sentence about behaviour: the test's title. */
  readonly title: string;
  /** What has to be sensed for it, by the name that `hooks.ts` gives it. */
  readonly fact: string;
  /** Steps of the program in `act/`. */
  readonly steps: readonly Word[];
  /** Steps that have to be done before, by another process. */
  readonly before?: readonly Word[];
  readonly files?: Readonly<Record<string, string>>;
  /** Kinds that are told of every process: looked at only by the acts that are about them. */
  readonly about?: readonly Kind[];
  /** For acts that are about one kind, whatever else their steps do. */
  readonly only?: readonly Kind[];
  /** Kinds that some kernels tell besides, others not. */
  readonly besides?: readonly Kind[];
  /** Asks for what kernels before 5.17 do not have: not done there. */
  readonly newer?: true;
  readonly expect: (tiers: Tiers) => readonly Told[];
  /** Where the tier that senses the fact does not reach this act: why. Then nothing is expected. */
  readonly blind?: Partial<Record<Tier, string>>;
}

/** Why this act is not to be seen here, if so. */
export function blindness({ fact, blind }: Act, tiers: Tiers): string | undefined {
  const tier = tiers[fact];
  if (tier === undefined) return `nothing on this kernel sees "${fact}"`;
  return blind?.[tier] && `tier ${tier}: ${blind[tier]}`;
}

export function expected(act: Act, tiers: Tiers): readonly Told[] {
  return blindness(act, tiers) === undefined ? act.expect(tiers) : [];
}

/** A fact about the act's own process, but for what `more` says otherwise. */
export function fact(kind: Kind, more: Omit<Told, "kind">): Told {
  return { in: "box", by: by(), ...more, kind };
}

/** One of which the kernel knows the container alone. */
export function factOfBox(kind: Kind, more: Omit<Told, "kind">): Told {
  return { in: "box", ...more, kind };
}

export function by(process = "act", uid = 0, exe = "/bin/act"): NonNullable<Told["by"]> {
  return { process, exe, uid };
}

/** On the end of system calls a path is what the caller passed, and says so. */
export function asPassed(tiers: Tiers, name: string): { flags?: readonly string[] } {
  return tiers[name] === "sys_exit" ? { flags: ["user_text"] } : {};
}
