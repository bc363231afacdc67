/**
 * Datadog's official client as a judge of what is sent: its own models read it, and what they do
 * not know, miss or cannot place is refused. For tests only.
 */
import { ObjectSerializer as Version1 } from "@datadog/datadog-api-client/dist/packages/datadog-api-client-v1/models/ObjectSerializer.js";
import { ObjectSerializer as Version2 } from "@datadog/datadog-api-client/dist/packages/datadog-api-client-v2/models/ObjectSerializer.js";

const versions = { v1: Version1, v2: Version2 };

/** What the models let through under any name, because it is for the sender to choose. */
interface Free {
  readonly anyFieldOf?: readonly string[];
}

/** Throws where the model would not have it; `type` as the client writes: `Array<Monitor>`. */
export function readAs(
  version: keyof typeof versions,
  type: string,
  json: unknown,
  { anyFieldOf = [] }: Free = {},
): unknown {
  const read: unknown = versions[version].deserialize(json, type);
  judge(read, type, anyFieldOf);
  return read;
}

function judge(value: unknown, path: string, anyFieldOf: readonly string[]): void {
  if (typeof value !== "object" || value === null) return;
  const name = value.constructor.name;
  if (name === "UnparsedObject" || ("_unparsed" in value && value._unparsed === true))
    throw new Error(`${path}: no model of Datadog's takes it: ${JSON.stringify(value)}`);
  if ("additionalProperties" in value && !anyFieldOf.includes(name)) {
    const names = Object.keys(value.additionalProperties ?? {});
    if (names.length > 0) throw new Error(`${path}: ${name} has no field ${names.join(", ")}`);
  }
  for (const [field, inner] of Object.entries(value)) {
    if (field !== "additionalProperties") judge(inner, `${path}.${field}`, anyFieldOf);
  }
}
