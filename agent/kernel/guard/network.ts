/** The network: addresses, ports and distances as ranges, and sockets by their paths. */
import { networkOperations, operationMask } from "@pahlevan/core/policy/compile/act.ts";
import type {
  EgressEntry,
  IpEntry,
  Remote,
  Tables,
  UnixEntry,
} from "@pahlevan/core/policy/compile/compiled.ts";
import type { Cidr } from "@pahlevan/core/behaviour/cidr.ts";
import { facetValues, limitValues, reachValues, rule_kindValues } from "../layout.gen.ts";
import { protocolName } from "../names/names.ts";
import type { PathIds } from "./path-id.ts";
import { anywhere, portBlocks, RangeTable, type Place, type Range } from "./ranges.ts";
import type { Remarks } from "./remarks.ts";
import type { RuleTable } from "./rule-table.ts";
import { runtimeSockets } from "./runtime-sockets.ts";

const out = operationMask("connect", "send");
const into = operationMask("bind", "listen", "accept");
/** Those that have a peer. */
const spoken = operationMask("connect", "send", "accept");

/** enum distance */
const distances = ["loopback", "private", "public"];
const noName = "names are not known to the kernel";

export function lowerNetwork(
  tables: Pick<Tables, "network" | "runtime_socket">,
  ids: PathIds,
  table: RuleTable,
  remarks: Remarks,
): readonly Range[] {
  const network = new NetworkLowering(remarks);
  for (const entry of tables.network.entries) {
    if (entry.kind === "ip") network.ip(entry);
    else if (entry.kind === "egress") network.egress(entry);
    else addSocket(entry, "network", ids, table);
  }
  for (const entry of tables.runtime_socket.entries) addSocket(entry, "runtime_socket", ids, table);
  const { unix } = rule_kindValues;
  for (const path of runtimeSockets)
    table.mention({ id: ids.ofSocket(path), kind: unix, facet: facetValues.runtime_socket });
  const ranges = network.ranges.lower(table);
  if (!("tooMany" in ranges)) return ranges;
  remarks.refuse(
    "network",
    `its entries are of ${ranges.tooMany} different sizes (bits of an address, of a port, with a ` +
      `protocol or without), and the kernel asks for ${limitValues.ranges}: use fewer`,
  );
  return [];
}

function addSocket(
  { rule, operations, path }: UnixEntry,
  facet: "network" | "runtime_socket",
  ids: PathIds,
  table: RuleTable,
): void {
  const key = { id: ids.ofSocket(path), kind: rule_kindValues.unix, facet: facetValues[facet] };
  table.add(key, rule, reachOf(operations));
}

class NetworkLowering {
  readonly ranges = new RangeTable();
  readonly #remarks: Remarks;
  #hasEgress = false;

  constructor(remarks: Remarks) {
    this.#remarks = remarks;
  }

  ip(entry: IpEntry): void {
    const { rule, ports, remote, local } = entry;
    if (remote !== undefined && local !== undefined)
      return this.#leaveOut("a peer and an own address cannot be asked for together", entry);
    if (remote?.kind === "name") return this.#leaveOut(noName, entry);
    const protocol = this.#protocol(entry, entry.protocol);
    if (protocol === "none") return;
    const holds = remote !== undefined ? spoken : local !== undefined ? into : out | into;
    const operations = reachOf(entry.operations & holds);
    if (operations === 0) return;
    const place =
      local !== undefined
        ? rangeOf(local, true)
        : remote === undefined
          ? anywhere
          : placeOf(remote);
    for (const block of portBlocks(ports))
      this.ranges.add("both", place, block, protocol, rule, operations);
  }

  egress(entry: EgressEntry): void {
    const { rule, ports, remotes } = entry;
    if (this.#hasEgress || rule.startOnly)
      return this.#leaveOut("there is room for one list of ports and one of peers", entry);
    this.#hasEgress = true;
    const bits = reachOf(out);
    for (const range of ports.length === 0 ? [undefined] : ports) {
      const protocol = this.#protocol(entry, range?.protocol);
      if (protocol === "none") continue;
      for (const block of portBlocks(range))
        this.ranges.add("port", anywhere, block, protocol, rule, bits);
    }
    const [anyPort] = portBlocks(undefined);
    if (anyPort === undefined) return;
    // A list of names alone holds no peer here, which is not the same as no list.
    for (const place of remotes.length === 0 ? [anywhere] : remotes.flatMap(placesOf))
      this.ranges.add("remote", place, anyPort, undefined, rule, bits);
    if (remotes.some(({ kind }) => kind === "name")) this.#leaveOut(noName, entry);
  }

  /** In the eight bits that a key has for it. */
  #protocol(entry: IpEntry | EgressEntry, name: string | undefined): number | undefined | "none" {
    if (name === undefined) return undefined;
    const number = protocolNumbers.get(name) ?? Number(/^protocol_(\d+)$/.exec(name)?.[1] ?? -1);
    if (number < 0) {
      this.#leaveOut(`the kernel knows no protocol ${name}`, entry);
      return "none";
    }
    const kept = number & 0xff;
    if (kept !== number)
      this.#remarks.widened("network", `${name} is held to be ${protocolName(kept)}`, entry);
    return kept;
  }

  #leaveOut(why: string, entry: IpEntry | EgressEntry): void {
    this.#remarks.leftOut("network", why, entry);
  }
}

/** The last one is mptcp. */
const protocolNumbers = new Map(
  Array.from({ length: 263 }, (_, number) => [protocolName(number), number] as const),
);

function placesOf(remote: Remote): Place[] {
  return remote.kind === "name" ? [] : [placeOf(remote)];
}

function placeOf(remote: Exclude<Remote, { readonly kind: "name" }>): Place {
  if (remote.kind === "range") return rangeOf(remote.cidr, false);
  const id = new Uint8Array(16);
  id[0] = distances.indexOf(remote.distance);
  return { range: { ...anywhere.range, isDistance: true }, id };
}

function rangeOf({ bytes, bits }: Cidr, isOwn: boolean): Place {
  const id = new Uint8Array(16);
  id.set(bytes);
  const family = bytes.length === 4 ? 4 : 6;
  return { range: { family, addressBits: bits, isDistance: false, isOwn }, id };
}

function reachOf(operations: number): number {
  return networkOperations.reduce(
    (reach, name, bit) => reach | (operations & (1 << bit) ? reachValues[name] : 0),
    0,
  );
}
