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
  const action = String(rule.take("action") ?? "allow").toLowerCase();
  const ports = portsOf(rule);
  const peers = peersOf(rule);
  if (direction !== "egress" && direction !== "ingress") {
    rule.lose(["direction"], "is neither egress nor ingress");
    return false;
  }
  const isEgress = direction === "egress";
  if (action === "deny") {
    // Both together would deny more than the rule did: any of the ports, and any of the peers.
    if (ports.length > 0 && peers.cidrs.length > 0) {
      rule.lose([], "ports and addresses are denied apart here, and each would deny more");
    } else {
      lists[isEgress ? "deniedEgressPorts" : "deniedIngressPorts"].push(...ports);
      lists.deniedCIDRs.push(...peers.cidrs);
      if (peers.cidrs.length > 0) rule.change([], "is denied in both directions now");
      if (peers.domains.length > 0)
        rule.lose([], "only addresses can be denied: a name is whatever DNS says");
    }
    return false;
  }
  if (action !== "allow") {
    rule.lose(["action"], "rules allow or deny");
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

function portsOf(rule: Source): (string | number)[] {
  const protocols = protocolsOf(rule);
  const listed = rule.each("ports").flatMap((port) => {
    const own = protocolsOf(port);
    return portNumbers(port).flatMap((text) => named(text, own.length > 0 ? own : protocols));
  });
  return [...portNumbers(rule).flatMap((text) => named(text, protocols)), ...listed];
}

function protocolsOf(source: Source): string[] {
  const alone = source.take("protocol");
  const written = source.words("protocols").map(({ word }) => word);
  if (alone !== undefined) written.push(String(alone));
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
  const alone = ["port", "portRange"].map((name) => source.take(name));
  const [start, end] = [source.take("startPort"), source.take("endPort")];
  const range = start === undefined ? undefined : `${String(start)}-${String(end ?? start)}`;
  return [...alone, range].flatMap((written) => {
    if (written === undefined) return [];
    const text = String(written);
    if ("value" in readPort(text)) return [text];
    source.lose([], `${shown(text)} is no port`);
    return [];
  });
}

interface Peers {
  readonly cidrs: readonly string[];
  readonly except: readonly string[];
  readonly domains: readonly string[];
}

function peersOf(rule: Source): Peers {
  const [cidrs, except, domains]: [string[], string[], string[]] = [[], [], []];
  for (const peer of rule.each("peers")) {
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
    if ("value" in readCidr(place)) cidrs.push(place);
    else if ("value" in readDomain(place)) domains.push(place);
    else rule.lose([name], "is neither a CIDR nor a domain");
  }
  return { cidrs, except, domains };
}
