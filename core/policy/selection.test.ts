import { expect, test } from "vitest";
import type { Policy } from "./policy.ts";
import { rulingPolicy, selects } from "./selection.ts";

type Selecting = Pick<Policy, "name" | "namespace" | "selector">;
type Expression = Policy["selector"]["expressions"][number];

const policy = (
  name: string,
  labels: Record<string, string> = {},
  expressions: readonly Expression[] = [],
  namespace = "shop",
): Selecting => ({ name, namespace, selector: { labels, expressions } });
const web = { namespace: "shop", labels: { app: "web", tier: "front" } };

test.each([
  ["an empty selector, every workload", policy("a"), true],
  ["all labels", policy("a", { app: "web", tier: "front" }), true],
  ["a label with another value", policy("a", { app: "api" }), false],
  ["a label that is not there", policy("a", { zone: "" }), false],
  ["a label that every object has by birth", policy("a", { constructor: "x" }), false],
  ["another namespace", policy("a", {}, [], "bank"), false],
  ["In", policy("a", {}, [{ key: "app", operator: "In", values: ["api", "web"] }]), true],
  ["In, of none", policy("a", {}, [{ key: "zone", operator: "In", values: ["x"] }]), false],
  ["NotIn", policy("a", {}, [{ key: "app", operator: "NotIn", values: ["web"] }]), false],
  ["NotIn, of none", policy("a", {}, [{ key: "zone", operator: "NotIn", values: ["x"] }]), true],
  ["Exists", policy("a", {}, [{ key: "zone", operator: "Exists", values: [] }]), false],
  ["DoesNotExist", policy("a", {}, [{ key: "zone", operator: "DoesNotExist", values: [] }]), true],
])("a policy selects by %s", (_, selecting, expected) => {
  expect(selects(selecting, web)).toBe(expected);
});

test("the policy that demands most rules, whatever the order", () => {
  const all = policy("all");
  const app = policy("app", { app: "web" });
  const twin = policy("twin", { tier: "front" });
  const other = policy("other", { app: "api", tier: "front" });
  for (const policies of [
    [all, app, twin, other],
    [other, twin, app, all],
  ]) {
    expect(rulingPolicy(policies, web)?.name).toBe("app");
  }
  expect(rulingPolicy([other], web)).toBeUndefined();
});
