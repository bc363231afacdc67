/**
 * The kernel's judgement, read from lowered bytes and nothing else: lookups as bpf/'s judge.h,
 * endpoint.h and network_monitor.bpf.c do them. What core judges and this must agree, and so must
 * the kernel.
 */
import {
  facetValues,
  guardedLayout,
  limitValues,
  pathsValues,
  phaseValues,
  policyLayout,
  range_listValues,
  rangeLayout,
  rule_kindValues,
  ruleKeyLayout,
  ruleLayout,
  shapeLayout,
  unlistedValues,
  useValues,
  wildcardLayout,
} from "../layout.gen.ts";
import { guardedTable } from "./guarded-table.ts";
import type { Lowered } from "./lower.ts";
import { SipHash } from "./siphash.ts";

export type Outcome = "allow" | "tell" | "deny";
type Phase = "start" | "steady";
type Facet = Exclude<keyof typeof facetValues, "max">;
type Found = Record<"deny" | "allow" | "start", number>;

export interface Reached {
  readonly family: 4 | 6;
  readonly address: readonly number[];
  /** enum distance */
  readonly distance: number;
  readonly port: number;
  readonly protocol: number;
  /** Of accept: beside the peer. */
  readonly own?: { readonly family: 4 | 6; readonly address: readonly number[] };
}

const { offset } = policyLayout;
const outcomes = Object.entries(unlistedValues);

export class KernelModel {
  readonly #header: Buffer;
  readonly #rules = new Map<string, Found>();
  readonly #sip: SipHash;

  constructor({ header, rules }: Lowered, secret: Uint8Array) {
    this.#header = Buffer.from(header);
    this.#sip = new SipHash(secret);
    const keys = Buffer.from(rules.keys);
    const values = Buffer.from(rules.values);
    for (let index = 0; index < rules.count; index++) {
      const from = index * ruleKeyLayout.sizeBytes;
      const value = index * ruleLayout.sizeBytes;
      this.#rules.set(keys.toString("hex", from, from + ruleKeyLayout.sizeBytes), {
        deny: values.readUInt16LE(value + ruleLayout.offset.deny),
        allow: values.readUInt16LE(value + ruleLayout.offset.allow),
        start: values.readUInt16LE(value + ruleLayout.offset.start),
      });
    }
  }

  file(path: Buffer, uses: number, phase: Phase): Outcome {
    return this.#outcome("file", this.#path("file", path), phase, uses);
  }

  program(path: Buffer, phase: Phase, isDeleted = false): Outcome {
    return this.#outcome("exec", this.#program(path, isDeleted), phase, useValues.exec);
  }

  /** Once for the script, which begins with #!, and once for who runs it: none may deny. */
  script(path: Buffer, script: Buffer, phase: Phase, isDeleted = false): Outcome {
    const [itself, interpreter] = [
      this.#program(script, isDeleted),
      this.#program(path, isDeleted),
    ];
    const pair = this.#ask(this.#pairId(path, script), rule_kindValues.script, facetValues.exec);
    if (isDeleted) pair.allow = pair.start = 0;
    const deny = itself.deny | interpreter.deny | pair.deny;
    const allow = (itself.allow & interpreter.allow) | pair.allow;
    const starting = (found: Found) => found.allow | found.start;
    const start = (starting(itself) & starting(interpreter)) | pair.start;
    return this.#outcome("exec", { deny, allow, start }, phase, useValues.exec);
  }

  /** No entry can be asked. */
  unclear(facet: Facet): Outcome {
    const outcome = this.#unlisted(facet);
    const hasDenies = (this.#u32(offset.has_denies) >> facetValues[facet]) & 1;
    return outcome === "allow" && hasDenies ? "tell" : outcome;
  }

  unix(path: Buffer, reach: number, phase: Phase, isUnclear = false): Outcome {
    this.#sip.start();
    this.#sip.word(1, 0);
    this.#sip.word(path.length, 0);
    this.#feed(path);
    const id = this.#sip.end();
    const has = (facet: Facet) =>
      this.#rules.has(keyOf(id, rule_kindValues.unix, facetValues[facet]));
    const facet = has("runtime_socket") ? "runtime_socket" : "network";
    if (isUnclear) return this.unclear(facet);
    const found = this.#ask(id, rule_kindValues.unix, facetValues[facet]);
    return this.#outcome(facet, found, phase, reach);
  }

  reach(act: Reached, reach: number, phase: Phase): Outcome {
    const found = none();
    let [ports, peers] = [0, 0];
    const used = this.#u32(offset.ranges_used);
    for (let index = 0; index < used; index++) {
      const entry = this.#range(index, act);
      const list = this.#header[offset.ranges + index * rangeLayout.sizeBytes];
      if (list === range_listValues.port) ports |= entry.allow;
      else if (list === range_listValues.remote) peers |= entry.allow;
      else take(found, entry);
    }
    found.allow |= ports & peers;
    return this.#outcome("network", found, phase, reach);
  }

  number(facet: Facet, number: number, phase: Phase): Outcome {
    const at = (facetValues[facet] * phaseValues.max + phaseValues[phase]) * 8;
    const has = (field: "denied" | "told") =>
      (this.#u64(offset[field] + at) >> BigInt(number & 63)) & 1n;
    return has("denied") ? "deny" : has("told") ? "tell" : "allow";
  }

  isCallDenied(number: number, isCompat: boolean, phase: Phase): boolean {
    const row = Number(isCompat) * phaseValues.max + phaseValues[phase];
    const word = row * (limitValues.syscalls / 64) + (number >> 6);
    const bits = this.#u64(offset.denied_syscalls + word * 8);
    return ((bits >> BigInt(number & 63)) & 1n) === 1n;
  }

  #outcome(facet: Facet, found: Found, phase: Phase, uses: number): Outcome {
    if (uses & found.deny) return "deny";
    const allowed = found.allow | (phase === "start" ? found.start : 0);
    return uses & ~allowed ? this.#unlisted(facet) : "allow";
  }

  #unlisted(facet: Facet): Outcome {
    const value = this.#header[offset.unlisted + facetValues[facet]];
    const [name = "deny"] = outcomes.find(([, number]) => number === value) ?? [];
    return name === "allow" || name === "tell" ? name : "deny";
  }

  #program(path: Buffer, isDeleted: boolean): Found {
    const found = this.#path("exec", path);
    if (isDeleted) found.allow = found.start = 0;
    return found;
  }

  #path(list: "exec" | "file", path: Buffer): Found {
    const names = namesOf(path);
    const facet = facetValues[list];
    const found = none();
    const at = pathsValues[list] * 8;
    const { tree, children, exact, shape } = rule_kindValues;
    for (let depth = 0; depth <= names.length; depth++) {
      const id = this.#namesId(names.slice(0, depth));
      const bit = BigInt(Math.min(depth, 63));
      if ((this.#u64(offset.tree_depths + at) >> bit) & 1n) take(found, this.#ask(id, tree, facet));
      if (depth + 1 === names.length && (this.#u64(offset.child_depths + at) >> bit) & 1n)
        take(found, this.#ask(id, children, facet));
      if (depth === names.length) take(found, this.#ask(id, exact, facet));
    }
    const used = this.#u32(offset.shapes_used + pathsValues[list] * 4);
    const isSpared = isGuardedPath(path);
    for (let index = 0; index < used; index++) {
      const from = pathsValues[list] * limitValues.shapes + index;
      const at = offset.shapes + from * shapeLayout.sizeBytes;
      if (isSpared && this.#header.readUInt16LE(at + shapeLayout.offset.spares_guarded)) continue;
      const id = this.#shapedId(names, at);
      if (id) take(found, this.#ask(id, shape + index, facet));
    }
    return found;
  }

  #namesId(names: readonly Buffer[]): Uint8Array {
    this.#sip.start();
    for (const name of names) this.#name(name);
    return this.#sip.end();
  }

  #pairId(interpreter: Buffer, script: Buffer): Uint8Array {
    const id = Buffer.from(this.#namesId(namesOf(script)));
    this.#sip.start();
    for (const name of namesOf(interpreter)) this.#name(name);
    this.#feed(id);
    return this.#sip.end();
  }

  #name(name: Buffer): void {
    this.#sip.word(name.length, 0);
    this.#feed(name);
  }

  /** Undefined for what is no path of this shape. */
  #shapedId(names: readonly Buffer[], shape: number): Uint8Array | undefined {
    if (this.#u32(shape + shapeLayout.offset.names) !== names.length) return undefined;
    const wildcards = this.#header.readUInt16LE(shape + shapeLayout.offset.wildcards);
    this.#sip.start();
    for (const [index, name] of names.entries()) {
      const wild = this.#wildcard(shape, wildcards, index);
      if (!wild) {
        this.#name(name);
        continue;
      }
      const { head, tail } = wild;
      if (name.length <= head + tail || (head === 0 && name[0] === 0x2e)) return undefined;
      this.#sip.word((head << 8) | tail, 0x8000_0000);
      this.#feed(name.subarray(0, head));
      this.#feed(name.subarray(name.length - tail));
    }
    return this.#sip.end();
  }

  #wildcard(
    shape: number,
    wildcards: number,
    name: number,
  ): { readonly head: number; readonly tail: number } | undefined {
    const { offset: field, sizeBytes } = wildcardLayout;
    for (let index = 0; index < wildcards; index++) {
      const at = shape + shapeLayout.offset.wildcard + index * sizeBytes;
      const [wild, head = 0, tail = 0] = [field.at, field.head, field.tail].map(
        (each) => this.#header[at + each],
      );
      if (wild === name) return { head, tail };
    }
    return undefined;
  }

  #range(index: number, act: Reached): Found {
    const at = offset.ranges + index * rangeLayout.sizeBytes;
    const field = (name: keyof typeof rangeLayout.offset) =>
      this.#header[at + rangeLayout.offset[name]] ?? 0;
    const id = Buffer.alloc(16);
    if (field("is_distance")) id[0] = act.distance;
    else if (field("family")) {
      const { family, address } = field("is_own") && act.own ? act.own : act;
      if (field("family") !== family) return none();
      for (let bit = 0; bit < field("address_bits"); bit++)
        id[bit >> 3] = (id[bit >> 3] ?? 0) | ((address[bit >> 3] ?? 0) & (0x80 >> (bit & 7)));
    }
    const port = act.port & (0xffff_0000 >>> field("port_bits")) & 0xffff;
    const protocol = field("any_protocol") ? 0 : act.protocol & 0xff;
    return this.#ask(id, rule_kindValues.range + index, (port << 8) | protocol);
  }

  #ask(id: Uint8Array, kind: number, facet: number): Found {
    return { ...(this.#rules.get(keyOf(id, kind, facet)) ?? none()) };
  }

  #feed(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; at += 8) {
      const word = Buffer.alloc(8);
      bytes.copy(word, 0, at, at + 8);
      this.#sip.word(word.readUInt32LE(0), word.readUInt32LE(4));
    }
  }

  #u32(at: number): number {
    return this.#header.readUInt32LE(at);
  }

  #u64(at: number): bigint {
    return this.#header.readBigUInt64LE(at);
  }
}

function isGuardedPath(path: Buffer): boolean {
  const table = guardedTable();
  const cell = (at: number) => table.readUInt16LE(guardedLayout.offset.next + at * 2);
  let state = 0;
  for (const byte of path) state = cell(state + (table[guardedLayout.offset.class_of + byte] ?? 0));
  return cell(state) === 0;
}

function none(): Found {
  return { deny: 0, allow: 0, start: 0 };
}

function take(found: Found, more: Found): void {
  found.deny |= more.deny;
  found.allow |= more.allow;
  found.start |= more.start;
}

function keyOf(id: Uint8Array, kind: number, facet: number): string {
  const key = Buffer.alloc(ruleKeyLayout.sizeBytes);
  key.set(id, ruleKeyLayout.offset.id);
  key.writeUInt32LE(kind, ruleKeyLayout.offset.kind);
  key.writeUInt32LE(facet, ruleKeyLayout.offset.facet);
  return key.toString("hex");
}

/** Of the bytes between slashes; the root has none. */
function namesOf(path: Buffer): Buffer[] {
  const names: Buffer[] = [];
  if (path.length === 1) return names;
  for (let start = 1; start <= path.length;) {
    const slash = path.indexOf(0x2f, start);
    const end = slash < 0 ? path.length : slash;
    names.push(path.subarray(start, end));
    start = end + 1;
  }
  return names;
}
