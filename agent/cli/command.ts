/**
 * What a command is: its words, what it takes, and where its code is loaded from when it is its
 * turn.
 */
import type { KeyName } from "./config/keys.ts";

export interface Option {
  readonly doc: string;
  readonly short?: string;
  /** The word that help shows for its value; without one the option is a switch. */
  readonly value?: string;
  /** May be given more than once, or with commas. */
  readonly many?: true;
  readonly choices?: readonly string[];
}

export interface Command {
  /** "up", "debug bundle" */
  readonly name: string;
  readonly summary: string;
  /** Another name of that command. */
  readonly sameAs?: string;
  readonly usage: string;
  readonly about?: string;
  readonly options: Readonly<Record<string, Option>>;
  /** Settings that it takes as flags too. */
  readonly settings: readonly KeyName[];
  /** Words that it takes, one of them. */
  readonly words?: readonly string[];
  /** Files that it reads; "-" is standard input. */
  readonly takesFiles?: true;
  /** Names of workloads. */
  readonly takesNames?: true;
  /** A command line of its own follows `--`. */
  readonly takesCommand?: true;
  readonly examples: readonly (readonly [line: string, says: string])[];
  load(): Promise<{ run(invocation: Invocation): Promise<number> }>;
}

/** What one command line asks for, after it was judged. */
export interface Invocation {
  readonly command: Command;
  /** Switches that are on, and the values of the others, all of them. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** What followed `--`, or the words, the files, the names. */
  readonly rest: readonly string[];
}

/** The last value given, as every program does it. */
export function valueOf(invocation: Invocation, option: string): string | undefined {
  return invocation.values.get(option)?.at(-1);
}

/** All values, with commas taken apart. */
export function valuesOf(invocation: Invocation, option: string): readonly string[] {
  const given = invocation.values.get(option) ?? [];
  return given.flatMap((value) => value.split(",")).filter((value) => value !== "");
}

export function isOn(invocation: Invocation, option: string): boolean {
  return invocation.values.has(option);
}
