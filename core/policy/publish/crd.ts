/**
 * The CustomResourceDefinition: a structural schema, in which everything has a type and nothing is
 * closed, because the API server takes care of unknown fields itself.
 */
import { apiVersion, group, kind, version } from "../schema/policy.ts";
import {
  absentText,
  entryOf,
  fieldsOf,
  policyJsonSchema,
  valueOf,
  type SchemaNode,
} from "./json-schema.ts";

export function crd(): object {
  const { properties: _, ...root } = structural(policyJsonSchema());
  const { spec, status } = structuralFields(policyJsonSchema());
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `pahlevanpolicies.${group}`,
      labels: { "app.kubernetes.io/part-of": "pahlevan" },
    },
    spec: {
      group,
      scope: "Namespaced",
      names: {
        kind,
        listKind: `${kind}List`,
        plural: "pahlevanpolicies",
        singular: "pahlevanpolicy",
        shortNames: ["pp", "pahlevan"],
        categories: ["security"],
      },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: columns,
          schema: {
            openAPIV3Schema: {
              ...root,
              required: ["spec"],
              properties: {
                apiVersion: { type: "string", description: `${apiVersion}.` },
                kind: { type: "string", description: `${kind}.` },
                metadata: { type: "object" },
                spec,
                status,
              },
            },
          },
        },
      ],
    },
  };
}

const columns = [
  { name: "Phase", type: "string", jsonPath: ".status.phase" },
  { name: "Mode", type: "string", jsonPath: ".spec.enforcement.mode" },
  {
    name: "Learning",
    type: "number",
    jsonPath: ".status.learning.progress",
    description: "0 to 1",
  },
  { name: "Enforcing", type: "integer", jsonPath: ".status.enforcement.instances.enforcing" },
  { name: "Violations", type: "integer", jsonPath: ".status.violations.total" },
  {
    name: "Risk",
    type: "number",
    jsonPath: ".status.risk.score",
    priority: 1,
    description: "0 to 100",
  },
  { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
];

/** Of which the API server knows the meaning; what else zod writes is for others. */
const kept = [
  ...["type", "enum", "format", "minimum", "maximum", "minLength", "maxLength", "pattern"],
  ...["maxItems", "required"],
  ...["x-kubernetes-validations", "x-kubernetes-list-type", "x-kubernetes-list-map-keys"],
];

type Structural = Record<string, unknown>;

function structural(node: SchemaNode): Structural {
  const description = sentence(node);
  const said = description === "" ? {} : { description };
  if (node["x-kubernetes-preserve-unknown-fields"] === true) {
    // Text or a map: a structural schema cannot say so. Pahlevan itself refuses what is wrong.
    return { "x-kubernetes-preserve-unknown-fields": true, ...said };
  }
  if (node["x-kubernetes-int-or-string"] === true) {
    return { "x-kubernetes-int-or-string": true, ...said, ...eitherBounds(node) };
  }
  const result: Structural = { ...said };
  for (const key of kept) if (node[key] !== undefined) result[key] = node[key];
  if (node.type === "integer") result["format"] = "int64";
  if (node.format === "date-time") delete result["pattern"];
  if (result["maximum"] === Number.MAX_SAFE_INTEGER) delete result["maximum"];
  const entry = entryOf(node);
  if (entry) result["items"] = structural(entry);
  const value = valueOf(node);
  if (value) result["additionalProperties"] = structural(value);
  if (node.properties) result["properties"] = structuralFields(node);
  return result;
}

function structuralFields(node: SchemaNode): Record<string, Structural> {
  return Object.fromEntries(fieldsOf(node).map(([name, field]) => [name, structural(field)]));
}

/** Bounds of the number hold for numbers, and the text's for text, without saying which it is. */
function eitherBounds({ anyOf = [] }: SchemaNode): Structural {
  const result: Structural = {};
  for (const branch of anyOf) {
    if (typeof branch === "boolean") continue;
    for (const key of ["minimum", "maximum", "pattern", "maxLength"]) {
      if (branch[key] !== undefined) result[key] = branch[key];
    }
  }
  return result;
}

function sentence(node: SchemaNode): string {
  const absent = absentText(node);
  const { takes } = node;
  return [
    node.description ?? "",
    typeof takes === "string" ? `Takes ${takes}.` : "",
    absent === undefined ? "" : `Default: ${absent}.`,
  ]
    .filter((part) => part !== "")
    .join(" ");
}
