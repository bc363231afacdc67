/** The JSON schema for editors: it completes names and shows mistakes while a policy is written. */
import type { Vocabulary } from "../vocabulary.ts";
import {
  absentText,
  entryOf,
  fieldsOf,
  policyJsonSchema,
  valueOf,
  type SchemaNode,
} from "./json-schema.ts";

export function editorSchema(names: Vocabulary): object {
  const { syscalls, capabilities } = names;
  const { $schema, ...policy } = forEditors(policyJsonSchema());
  return {
    $schema,
    title: "PahlevanPolicy",
    ...policy,
    definitions: {
      syscall: { type: "string", enum: [...syscalls].toSorted() },
      capability: {
        type: "string",
        anyOf: [
          { enum: [...capabilities].toSorted() },
          // The same without CAP_, in any case.
          { pattern: `^([Cc][Aa][Pp]_)?(${[...capabilities].toSorted().map(anyCase).join("|")})$` },
        ],
      },
    },
  };
}

function anyCase(capability: string): string {
  return capability
    .replace(/^CAP_/, "")
    .replaceAll(/[A-Z]/g, (letter) => `[${letter}${letter.toLowerCase()}]`);
}

function forEditors(node: SchemaNode): SchemaNode {
  const named = namedKind(node);
  if (named !== undefined) return { $ref: `#/definitions/${named}` };
  const { takes, absent, absentSays: _, description, ...rest } = node;
  const result: SchemaNode = {};
  for (const [key, value] of Object.entries(rest)) {
    if (!key.startsWith("x-kubernetes-") && key !== "rules") result[key] = value;
  }
  const words = [description, typeof takes === "string" ? `Takes ${takes}.` : undefined];
  const shown = absent === undefined ? absentText(node) : undefined;
  if (shown !== undefined) words.push(`Default: ${shown}.`);
  const said = words.filter((word) => word !== undefined && word !== "").join(" ");
  if (said !== "") result.description = said;
  if (absent !== undefined) result.default = absent;
  const entry = entryOf(node);
  if (entry) result.items = forEditors(entry);
  const value = valueOf(node);
  if (value) result.additionalProperties = forEditors(value);
  if (node.properties) {
    result.properties = Object.fromEntries(
      fieldsOf(node).map(([name, field]) => [name, forEditors(field)]),
    );
  }
  return result;
}

/** Values that are names of the kernel, of which an editor can offer the whole list. */
function namedKind({ names }: SchemaNode): "syscall" | "capability" | undefined {
  return names === "syscall" || names === "capability" ? names : undefined;
}
