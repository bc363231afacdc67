/** networkPolicy and enforcement.network, and the rules in them. */
import { readCidr } from "../values/cidr.ts";
import { readDomain } from "../values/domain.ts";
import { readPort } from "../values/port.ts";
import { filled, type Draft } from "./draft.ts";
import { actionOf, kept } from "./lists.ts";
import { addRule, type Lists } from "./network-rule.ts";
import type { Source } from "./source.ts";

export function networkOf(source: Source): Draft {
  const lists: Lists = {
    allowedEgressPorts: kept(source, "allowedEgressPorts", readPort),
    allowedIngressPorts: kept(source, "allowedIngressPorts", readPort),
    allowedEgressCIDRs: kept(source, "allowedEgressCIDRs", readCidr),
    deniedEgressPorts: kept(source, "deniedEgressPorts", readPort),
    deniedIngressPorts: kept(source, "deniedIngressPorts", readPort),
    deniedCIDRs: kept(source, "deniedCIDRs", readCidr),
    allowedDomains: kept(source, "allowedDomains", readDomain),
  };
  addDestinations(source, lists);
  const rules = [
    ...source.each("egressRules").map((rule) => addRule(rule, "egress", lists)),
    ...source.each("ingressRules").map((rule) => addRule(rule, "ingress", lists)),
    ...source.each("rules").map((rule) => addRule(rule, undefined, lists)),
  ];
  if (rules.filter((isEgress) => isEgress).length > 1) {
    const says =
      "several rules that allow egress are one now: any of their ports at any of their addresses";
    source.change([], says);
  }
  const draft = {
    mode: source.take("mode"),
    defaultAction: actionOf(source),
    ...lists,
    exceptions: source.take("exceptions"),
  };
  source.loseEach({
    allowLoopback: "loopback is learned like every other peer, or named in allowedEgressCIDRs",
    allowDNS:
      "name servers are learned like every other peer; whoever may ask any can tell them anything",
    allowedProtocols: 'a protocol stands with its port: "53/udp"',
    deniedProtocols: 'a protocol stands with its port: "53/udp"',
  });
  return filled(draft);
}

/** A CIDR or a host. */
function addDestinations(source: Source, lists: Lists): void {
  for (const { word, index } of source.words("allowedDestinations")) {
    if ("value" in readCidr(word)) lists.allowedEgressCIDRs.push(word);
    else if ("value" in readDomain(word)) lists.allowedDomains.push(word);
    else source.lose(["allowedDestinations", index], "is neither a CIDR nor a domain");
  }
  for (const { word, index } of source.words("deniedDestinations")) {
    if ("value" in readCidr(word)) lists.deniedCIDRs.push(word);
    else
      source.lose(
        ["deniedDestinations", index],
        "only addresses can be denied: a name is whatever DNS says",
      );
  }
}
