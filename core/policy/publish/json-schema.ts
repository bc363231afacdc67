/** The definition of a policy as JSON Schema, from which everything that is published is made. */
import * as z from "zod";
import { policySchema, statusSchema } from "../schema/policy.ts";

/** What zod writes, with our own words beside it: `takes`, `absent`, `absentSays`. */
export type SchemaNode = z.core.JSONSchema.BaseSchema;

export function policyJsonSchema(): SchemaNode {
  const options = { io: "input", target: "draft-7" } as const;
  const policy = z.toJSONSchema(policySchema, options);
  const { $schema: _, ...status } = z.toJSONSchema(statusSchema, options);
  return { ...policy, properties: { ...policy.properties, status } };
}

export function fieldsOf(node: SchemaNode): [name: string, field: SchemaNode][] {
  return Object.entries(node.properties ?? {}).flatMap(([name, field]) =>
    typeof field === "boolean" ? [] : [[name, field]],
  );
}

/** Of a list, its entries; undefined for anything else. */
export function entryOf({ items }: SchemaNode): SchemaNode | undefined {
  return typeof items === "object" && !Array.isArray(items) ? items : undefined;
}

/** Of a map with any keys, its values. */
export function valueOf({ additionalProperties }: SchemaNode): SchemaNode | undefined {
  return typeof additionalProperties === "object" ? additionalProperties : undefined;
}

/** What a field is when absent, in words; undefined where nothing is said. */
export function absentText({ absent, absentSays }: SchemaNode): string | undefined {
  if (typeof absentSays === "string") return absentSays;
  if (absent === undefined) return undefined;
  return typeof absent === "string" ? absent : JSON.stringify(absent);
}
