/** `struct policy`: all of a policy but its entries. */
import { judgedFacets, operationMask } from "@pahlevan/core/policy/compile/act.ts";
import type { Compiled, NetworkEntry } from "@pahlevan/core/policy/compile/compiled.ts";
import {
  facetValues,
  limitValues,
  modeValues,
  pathsValues,
  phaseValues,
  policyLayout,
  range_listValues,
  rangeLayout,
  shapeLayout,
  unlistedValues,
  wildcardLayout,
} from "../layout.gen.ts";
import { numberFacets, phases, type Numbers, type Phased } from "./numbers.ts";
import type { CallNames, NumberFacet } from "./numbers.ts";
import type { PathsHeader } from "./paths.ts";
import type { Range } from "./ranges.ts";
import type { Shape } from "./shapes.ts";

export interface Parts {
  readonly generation: number;
  readonly numbers: Readonly<Record<NumberFacet, Phased<Numbers>>>;
  readonly calls: Readonly<Record<keyof CallNames, Phased<bigint>>>;
  readonly paths: Readonly<Record<"exec" | "file", PathsHeader>>;
  readonly ranges: readonly Range[];
}

const { offset, sizeBytes } = policyLayout;
const unlistedNames = { allow: "allow", audit: "tell", deny: "deny" } as const;
const words = limitValues.syscalls / 64;

export function headerOf({ modes, tables }: Compiled, parts: Parts): Buffer {
  const header = Buffer.alloc(sizeBytes);
  let hasDenies = 0;
  header.writeUInt32LE(parts.generation, offset.generation);
  for (const facet of judgedFacets) {
    const number = facetValues[facet];
    const { unlisted, entries } = tables[facet];
    header[offset.mode + number] = modeValues[modes[facet]];
    header[offset.unlisted + number] = unlistedValues[unlistedNames[unlisted]];
    if (entries.some(({ rule }) => rule.rank === "deny")) hasDenies |= 1 << number;
  }
  header.writeUInt32LE(hasDenies, offset.has_denies);
  header.writeUInt32LE(Number(tables.network.entries.some(namesPeer)), offset.names_peers);
  writeNumbers(header, parts);
  for (const list of ["exec", "file"] as const)
    writePaths(header, pathsValues[list], parts.paths[list]);
  header.writeUInt32LE(parts.ranges.length, offset.ranges_used);
  for (const [index, range] of parts.ranges.entries())
    writeRange(header.subarray(offset.ranges + index * rangeLayout.sizeBytes), range);
  return header;
}

const accept = operationMask("accept");

function namesPeer(entry: NetworkEntry): boolean {
  if (entry.kind !== "ip" || (entry.operations & accept) === 0) return false;
  return entry.remote?.kind === "range" || entry.local !== undefined;
}

function writeNumbers(header: Buffer, { numbers, calls }: Parts): void {
  for (const phase of phases) {
    for (const facet of numberFacets) {
      const at = (facetValues[facet] * phaseValues.max + phaseValues[phase]) * 8;
      const { denied, told } = numbers[facet][phase];
      header.writeBigUInt64LE(denied, offset.denied + at);
      header.writeBigUInt64LE(told, offset.told + at);
    }
    for (const [table, name] of (["native", "compat"] as const).entries()) {
      const first = (table * phaseValues.max + phaseValues[phase]) * words;
      for (let word = 0; word < words; word++) {
        const bits = BigInt.asUintN(64, calls[name][phase] >> BigInt(word * 64));
        header.writeBigUInt64LE(bits, offset.denied_syscalls + (first + word) * 8);
      }
    }
  }
}

function writePaths(header: Buffer, list: number, paths: PathsHeader): void {
  header.writeBigUInt64LE(paths.treeDepths, offset.tree_depths + list * 8);
  header.writeBigUInt64LE(paths.childDepths, offset.child_depths + list * 8);
  header.writeUInt32LE(paths.shapes.length, offset.shapes_used + list * 4);
  for (const [index, shape] of paths.shapes.entries()) {
    const at = offset.shapes + (list * limitValues.shapes + index) * shapeLayout.sizeBytes;
    writeShape(header.subarray(at), shape);
  }
}

function writeShape(into: Buffer, { names, wildcards, sparesGuarded }: Shape): void {
  into.writeUInt32LE(names, shapeLayout.offset.names);
  into.writeUInt16LE(wildcards.length, shapeLayout.offset.wildcards);
  into.writeUInt16LE(Number(sparesGuarded), shapeLayout.offset.spares_guarded);
  for (const [index, { at, head, tail }] of wildcards.entries()) {
    const start = shapeLayout.offset.wildcard + index * wildcardLayout.sizeBytes;
    into[start + wildcardLayout.offset.at] = at;
    into[start + wildcardLayout.offset.head] = head;
    into[start + wildcardLayout.offset.tail] = tail;
  }
}

function writeRange(into: Buffer, range: Range): void {
  const at = rangeLayout.offset;
  into[at.list] = range_listValues[range.list];
  into[at.family] = range.family;
  into[at.address_bits] = range.addressBits;
  into[at.port_bits] = range.portBits;
  into[at.any_protocol] = Number(range.anyProtocol);
  into[at.is_distance] = Number(range.isDistance);
  into[at.is_own] = Number(range.isOwn);
}
