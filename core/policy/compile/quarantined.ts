/** Tables under which an instance reaches nobody outside itself; it is not ended by that. */
import { readCidr } from "../values/cidr.ts";
import { readBefore } from "../values/read.ts";
import { operationMask } from "./act.ts";
import { ordered } from "./canonical.ts";
import type { Compiled, NetworkEntry } from "./compiled.ts";

/**
 * All but what is the instance's own: a denied loopback would fail its probes, and it would be
 * ended with what it knows. Of IPv6, what is in use anywhere.
 */
const others = [
  ...["0.0.0.0/2", "64.0.0.0/3", "96.0.0.0/4", "112.0.0.0/5", "120.0.0.0/6", "124.0.0.0/7"],
  ...[
    "126.0.0.0/8",
    "128.0.0.0/1",
    "2000::/3",
    "64:ff9b::/96",
    "fc00::/7",
    "fe80::/10",
    "ff00::/8",
  ],
];

const denied = others.map((range): NetworkEntry => ({
  kind: "ip",
  rule: { rank: "deny", from: "quarantine" },
  operations: operationMask("connect", "send"),
  remote: { kind: "range", cidr: readBefore(readCidr(range)) },
}));

export function quarantined(compiled: Compiled): Compiled {
  const { tables, modes } = compiled;
  const { unlisted, entries } = tables.network;
  return {
    ...compiled,
    modes: { ...modes, network: "enforce" },
    tables: {
      ...tables,
      network: {
        // Where the policy only watches, that goes on: but for what is denied here.
        unlisted: modes.network !== "enforce" && unlisted === "deny" ? "audit" : unlisted,
        entries: ordered([...entries, ...denied]),
      },
    },
  };
}
