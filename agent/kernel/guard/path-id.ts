/** Ids of paths, directories, shapes and sockets: fed to the hash as bpf/'s judge.h feeds it. */
import type { Segments } from "@pahlevan/core/policy/compile/compiled.ts";
import { pathBytes } from "./path-bytes.ts";
import { SipHash } from "./siphash.ts";

/** Set in the upper half of a name's first word where it has a wildcard: WILD_NAME. */
const WILD = 1 << 31;
const AF_UNIX = 1;

export class PathIds {
  readonly #sip: SipHash;

  constructor(secret: Uint8Array) {
    this.#sip = new SipHash(secret);
  }

  /** Of all its names; the root has none. */
  ofPath(path: string): Uint8Array {
    this.#sip.start();
    for (const name of namesOf(path)) this.#whole(pathBytes(name));
    return this.#sip.end();
  }

  /** Of names of which some have a wildcard: a head and a tail. */
  ofNames(names: Segments): Uint8Array {
    this.#sip.start();
    for (const [head = "", tail] of names) {
      if (tail === undefined) this.#whole(pathBytes(head));
      else this.#split(pathBytes(head), pathBytes(tail));
    }
    return this.#sip.end();
  }

  /**
   * Of an interpreter that is to run a script: its names, then the script's own id. So the kernel
   * need keep no more of the script than that.
   */
  ofPair(interpreter: string, script: string): Uint8Array {
    const id = Buffer.from(this.ofPath(script));
    this.#sip.start();
    for (const name of namesOf(interpreter)) this.#whole(pathBytes(name));
    this.#feed(id);
    return this.#sip.end();
  }

  /** As sip_text() hashes a text beside the number of its address family. */
  ofSocket(path: string): Uint8Array {
    this.#sip.start();
    this.#sip.word(AF_UNIX, 0);
    this.#whole(pathBytes(path));
    return this.#sip.end();
  }

  #whole(bytes: Buffer): void {
    this.#sip.word(bytes.length, 0);
    this.#feed(bytes);
  }

  #split(head: Buffer, tail: Buffer): void {
    this.#sip.word((head.length << 8) | tail.length, WILD);
    this.#feed(head);
    this.#feed(tail);
  }

  /** By eight bytes, the last of them filled up with zeros. */
  #feed(bytes: Buffer): void {
    const whole = bytes.length & ~7;
    for (let at = 0; at < whole; at += 8)
      this.#sip.word(bytes.readInt32LE(at), bytes.readInt32LE(at + 4));
    if (whole === bytes.length) return;
    let [low, high] = [0, 0];
    for (let at = whole; at < bytes.length; at++) {
      const shift = (at & 3) * 8;
      if ((at & 7) < 4) low |= (bytes[at] ?? 0) << shift;
      else high |= (bytes[at] ?? 0) << shift;
    }
    this.#sip.word(low, high);
  }
}

/** Without the empty one before the root. */
export function namesOf(path: string): string[] {
  return path === "/" ? [] : path.split("/").slice(1);
}
