/**
 * A generalisation: one pattern in the place of the behaviours that it was made from. They are
 * kept, so that it can be explained, and undone.
 */
import type { FileAccess, NetworkOperation } from "../../behaviour/behaviour.ts";

interface Made {
  /** The pattern as people read it, and by which they refuse it. */
  readonly text: string;
  /** The texts of the behaviours, sorted. */
  readonly members: readonly string[];
  /** So many of them were needed before the rule spoke; what came later was no surprise. */
  readonly needed: number;
  readonly why: string;
}

export interface PathGroup extends Made {
  readonly of: "path";
  readonly access: FileAccess;
  readonly pattern: string;
}

export interface EndpointGroup extends Made {
  readonly of: "endpoint";
  readonly operation: NetworkOperation;
  readonly protocol: string;
  /** An address, a range ("10.0.0.0/24"), or a name. */
  readonly to: string;
  /** `to` is a name that a resolver or a person gave; whatever it spells, it is no range. */
  readonly named: boolean;
  /** First and last. */
  readonly ports: readonly [number, number];
}

export type Group = PathGroup | EndpointGroup;

export interface GeneraliseSettings {
  /** Directories in which a person allows wildcards though they are guarded (guard.ts). */
  readonly allowed: readonly string[];
  /** Texts of generalisations that a person refused: their members stay as they are. */
  readonly refused: ReadonlySet<string>;
  readonly nameOf: NameOf;
}

/** What an address is known as: the name it was resolved from, or a service. */
export type NameOf = (address: string) => string | undefined;

export const usualGeneralising: GeneraliseSettings = {
  allowed: [],
  refused: new Set(),
  nameOf: () => undefined,
};
