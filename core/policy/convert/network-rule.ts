/** One rule of a network policy: its ports and peers, allowed or denied, one direction. */
import { readCidr } from "../values/cidr.ts";
import { readDomain } from "../values/domain.ts";
import { readPort, transports } from "../values/port.ts";
import { shown } from "../shown.ts";
import type { Source } from "./source.ts";

export type Lists = Readonly<
  Record<
    | "allowedEgressPorts"
    | "allowedIngressPorts"
    | "allowedEgressCIDRs"
    | "deniedEgressPorts"
    | "deniedIngressPorts"
    | "deniedCIDRs"
    | "allowedDomains",
    (string | number)[]
  >
>;

type Direction = "egress" | "ingress";

/** Whether it allows egress: of those, several become one. */
export function addRule(rule: Source, way: Direction | undefined, lists: Lists): boolean {
  const direction = way ?? rule.take("direction");
  const action = (rule.word("action") ?? "allow").toLowerCase();
  const ports = portsOf(rule);
  const peers = peersOf(rule);
  if (direction !== "egress" && direction !== "ingress") {
    rule.lose(["direction"], "is neither egress nor ingress");
    return false;
  }
  const isEgress = direction === "egress";
  if (action === "deny") {
    addDeny(rule, isEgress, ports, peers, lists);
    return false;
  }
  if (action !== "allow") {
    rule.lose(["action"], "rules allow or deny");
    return false;
  }
  if (isEgress && peers.areNamed && peers.cidrs.length + peers.domains.length === 0) {
    rule.lose([], "none of its peers can be said, and its ports alone would allow every peer");
    return false;
  }
  lists[isEgress ? "allowedEgressPorts" : "allowedIngressPorts"].push(...ports);
  if (isEgress) {
    lists.allowedEgressCIDRs.push(...peers.cidrs);
    lists.allowedDomains.push(...peers.domains);
    lists.deniedCIDRs.push(...peers.except);
    if (peers.except.length > 0)
      rule.change([], "what ipBlock.except holds is denied in both directions now");
  } else if (peers.cidrs.length > 0) {
    rule.lose([], "who may come in is not limited by address; its ports are carried over");
  }
  return isEgress;
}

/** Ports and peers are denied apart here: a rule of both would deny more than it did. */
function addDeny(
  rule: Source,
  isEgress: boolean,
  ports: readonly (string | number)[],
  { cidrs, domains, except, areNamed }: Peers,
  lists: Lists,
): void {
  if (ports.length > 0 && areNamed)
    rule.lose([], "ports and peers are denied apart here, and each would deny more");
  else if (except.length > 0)
    rule.lose([], "what ipBlock.except holds would be denied with the rest");
  else {
    lists[isEgress ? "deniedEgressPorts" : "deniedIngressPorts"].push(...ports);
    lists.deniedCIDRs.push(...cidrs);
    if (cidrs.length > 0) rule.change([], "is denied in both directions now");
    if (domains.length > 0)
      rule.lose([], "only addresses can be denied: a name is whatever DNS says");
  }
}

function portsOf(rule: Source): (string | number)[] {
  const protocols = protocolsOf(rule);
  const listed = rule.each("ports").flatMap((port) => {
    const own = protocolsOf(port);
    return portNumbers(port).flatMap((text) => named(text, own.length > 0 ? own : protocols));
  });
  return [...portNumbers(rule).flatMap((text) => named(text, protocols)), ...listed];
}

function protocolsOf(source: Source): string[] {
  const alone = source.word("protocol");
  const written = source.words("protocols").map(({ word }) => word);
  if (alone !== undefined) written.push(alone);
  const names = written.map((name) => name.toLowerCase());
  const known = names.filter((name) => transports.some((each) => each === name));
  if (known.length < names.length) {
    source.lose([], `ports have the protocols ${transports.join(", ")}, no others`);
  }
  return known;
}

function named(port: string, protocols: readonly string[]): (string | number)[] {
  if (protocols.length === 0) return [/^\d+$/.test(port) ? Number(port) : port];
  return protocols.map((name) => `${port}/${name}`);
}

/** "443", "8000-8999": as a number, a range, or its two ends. */
function portNumbers(source: Source): string[] {
  const alone = ["port", "portRange"].map((name) => source.word(name));
  const [start, end] = [source.word("startPort"), source.word("endPort")];
  const range = start === undefined ? undefined : `${start}-${end ?? start}`;
  return [...alone, range].flatMap((text) => {
    if (text === undefined) return [];
    if ("value" in readPort(text)) return [text];
    source.lose([], `${shown(text)} is no port`);
    return [];
  });
}

interface Peers {
  readonly cidrs: readonly string[];
  readonly except: readonly string[];
  readonly domains: readonly string[];
  /** Whether the rule is about some peers only, whatever of them can be said here. */
  readonly areNamed: boolean;
}

function peersOf(rule: Source): Peers {
  const [cidrs, except, domains]: [string[], string[], string[]] = [[], [], []];
  const peers = rule.each("peers");
  let areNamed = peers.length > 0;
  for (const peer of peers) {
    const block = peer.within("ipBlock");
    const cidr = block.take("cidr");
    if (typeof cidr === "string" && "value" in readCidr(cidr)) cidrs.push(cidr);
    else if (cidr !== undefined) block.lose(["cidr"], "is no CIDR");
    except.push(
      ...block
        .words("except")
        .map(({ word }) => word)
        .filter((word) => "value" in readCidr(word)),
    );
    peer.loseEach({
      namespaceSelector: "peers are addresses and names; those of pods are learned",
      podSelector: "peers are addresses and names; those of pods are learned",
    });
  }
  for (const name of ["destination", "source"]) {
    const place = rule.take(name);
    if (typeof place !== "string") continue;
    areNamed = true;
    if ("value" in readCidr(place)) cidrs.push(place);
    else if ("value" in readDomain(place)) domains.push(place);
    else rule.lose([name], "is neither a CIDR nor a domain");
  }
  return { cidrs, except, domains, areNamed };
}
