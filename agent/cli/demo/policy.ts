/**
 * The policy of the demo's shop, as a team would write it; its times are those of a demonstration.
 */
import { shop } from "./words.ts";

/** Of who watches: alerts promote, and the node itself only where nobody else does. */
export function policyOf({ alertsDrive }: { readonly alertsDrive: boolean }): string {
  return `apiVersion: policy.pahlevan.io/v1alpha1
kind: PahlevanPolicy
metadata: {name: ${shop}}
spec:
  selector: {matchLabels: {com.docker.compose.service: ${shop}}}
  learning:
    {duration: 6s, quietPeriod: 4s, minSamples: 20, minInstances: 3, maxUnseenMass: 0.4, autoTransition: ${!alertsDrive}}
  enforcement:
    mode: enforce
    blockUnknown: true
    syscalls: {mode: disabled}
    canary: {steps: [1, "100%"], stepDuration: 5s}
  selfHealing: {rollbackThreshold: ${alertsDrive ? 50 : 5}, rollbackWindow: 6s, recoveryTimeout: 20s}
`;
}

/** A team's own alert: one label makes it a lever. */
export const ownRules = JSON.stringify({
  groups: [
    {
      name: shop,
      rules: [
        {
          alert: "ShopOrdersFail",
          expr: 'sum(increase(shop_orders_total{outcome="failed"}[5s])) > 0.2 * sum(increase(shop_orders_total[5s]))',
          labels: {
            severity: "critical",
            pahlevan_signal: "rollback",
            namespace: "host",
            policy: shop,
          },
          annotations: { summary: "Customers cannot order." },
        },
      ],
    },
  ],
});
