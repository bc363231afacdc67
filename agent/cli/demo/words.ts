/** What the shop of the demo is called, and where its parts are: in the loopback network alone. */
import { join } from "node:path";

/** Of the workload, of its policy and of its image. */
export const shop = "shop";
export const image = "shop:1.0";
export const replicas = ["shop-1", "shop-2", "shop-3"] as const;
export type Replica = (typeof replicas)[number];

/** Addresses that are this host's own, whatever networks it is in. */
export const addressOf: Readonly<Record<Replica, string>> = {
  "shop-1": "127.77.0.1",
  "shop-2": "127.77.0.2",
  "shop-3": "127.77.0.3",
};
export const stockAddress = "127.77.0.10";
export const paymentsAddress = "127.77.0.20";
/** Documentation's own (RFC 5737): nobody is there. The port is what reverse shells like. */
export const attacker = { address: "203.0.113.66", port: 4444 } as const;

/** Who breaks in does it here. */
export const victim: Replica = "shop-2";

/** Also of their cgroups, at the top of the hierarchy. */
export const containerPrefix = "pahlevan-demo-";

const dashboards = join(import.meta.dirname, "../../../dashboards/generated");
export const quickRules = join(dashboards, "quick.rules.yaml");
export const alertmanagerExample = join(dashboards, "alertmanager.yml");
