/**
 * What policies deny of system calls, stopped at those calls' functions: what everybody is allowed
 * then costs nothing, which at the entry of system calls it does.
 */
import type { BpfLink, BpfObject } from "@pahlevan/native";
import { callFunctions, functionsToGuard, readSymbols } from "./call-functions.ts";
import type { Shield } from "./guard/shield.ts";
import { deniedCallsProgram } from "./hooks.ts";
import type { Pins } from "./pins.ts";

export interface GuardedCallsOptions {
  readonly object: Pick<BpfObject, "attachFunctions">;
  readonly shield: Pick<Shield, "link" | "forgetLink"> | undefined;
}

export class GuardedCalls {
  readonly #options: GuardedCallsOptions;
  /** Of this kernel, once they were asked for: to read them takes a tenth of a second. */
  #functions: readonly string[] | undefined;
  #link: BpfLink | undefined;
  #pins: Pick<Pins, "pin"> | undefined;

  constructor(options: GuardedCallsOptions) {
    this.#options = options;
  }

  get isOn(): boolean {
    return this.#link !== undefined;
  }

  /**
   * How many functions it is. Throws where the kernel does not take them, with nothing changed, or
   * where it would not outlive this process, with nothing guarded.
   */
  set(isDenied: (call: number) => boolean): number {
    this.#functions ??= callFunctions(readSymbols());
    const functions = functionsToGuard(this.#functions, isDenied);
    const link = this.#options.object.attachFunctions(deniedCallsProgram, functions);
    this.clear();
    try {
      this.#pins?.pin(deniedCallsProgram, link);
    } catch (error) {
      link.close();
      throw error;
    }
    this.#link = link;
    this.#options.shield?.link(deniedCallsProgram, link);
    return functions.length;
  }

  clear(): void {
    const link = this.#link;
    if (link === undefined) return;
    this.#link = undefined;
    this.#options.shield?.forgetLink(link);
    if (this.#pins !== undefined) link.unpin();
    link.close();
  }

  /** From now on it stays when this process ends. */
  pin(pins: Pick<Pins, "pin">): void {
    this.#pins = pins;
    if (this.#link !== undefined) pins.pin(deniedCallsProgram, this.#link);
  }

  /** Detaches what is not pinned. */
  close(): void {
    this.#link?.close();
    this.#link = undefined;
  }
}
