/**
 * The part of Tetragon's TracingPolicyNamespaced that an export uses, written after its reference
 * (LSM hooks since 1.2) because no release of it can be fetched by a test. Closed: a field that is
 * not here is refused.
 *
 * Held beside Tetragon's own definition (cilium.io_tracingpoliciesnamespaced.yaml of its repository
 * at aa930f3c), field by field, in November 2026: what this one takes, that one takes.
 */

const text = (...values: string[]) => ({ type: "string", ...(values.length && { enum: values }) });
const list = (items: object, most?: number) => ({
  type: "array",
  items,
  ...(most !== undefined && { maxItems: most }),
});
const fields = (properties: Record<string, object>, required = Object.keys(properties)) => ({
  type: "object",
  properties,
  required,
});
const index = { type: "integer", format: "int32", minimum: 0 };

const labels = fields(
  {
    matchLabels: { type: "object", additionalProperties: { type: "string", maxLength: 63 } },
    matchExpressions: list(
      fields(
        {
          key: text(),
          operator: text("In", "NotIn", "Exists", "DoesNotExist"),
          values: list(text()),
        },
        ["key", "operator"],
      ),
    ),
  },
  [],
);

/** Those that compare text; a value is no longer than Tetragon's maps take. */
const filter = fields({
  index,
  operator: text("Equal", "NotEqual", "Prefix", "NotPrefix", "Postfix", "NotPostfix"),
  values: list({ type: "string", minLength: 1, maxLength: 4096 }),
});
const action = fields(
  {
    action: text("Post", "NoPost", "Override", "Sigkill", "Signal"),
    argError: { type: "integer", format: "int32" },
  },
  ["action"],
);
const selector = fields({ matchArgs: list(filter), matchActions: list(action) }, []);
const hook = fields(
  {
    hook: text("bprm_check_security", "file_open"),
    args: list(fields({ index, type: text("linux_binprm", "file") })),
    selectors: list(selector, 5),
  },
  ["hook"],
);

export const tetragonDefinition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "tracingpoliciesnamespaced.cilium.io" },
  spec: {
    group: "cilium.io",
    scope: "Namespaced",
    names: { kind: "TracingPolicyNamespaced", plural: "tracingpoliciesnamespaced" },
    versions: [
      {
        name: "v1alpha1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            required: ["metadata", "spec"],
            properties: {
              apiVersion: text(),
              kind: text(),
              metadata: { type: "object" },
              spec: fields({ podSelector: labels, lsmhooks: list(hook) }, []),
            },
          },
        },
      },
    ],
  },
};
