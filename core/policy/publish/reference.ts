/** docs/reference/policy.md, written from the definition. */
import * as z from "zod";
import { limits } from "../bounds.ts";
import { apiVersion, kind } from "../schema/policy.ts";
import {
  absentText,
  entryOf,
  fieldsOf,
  policyJsonSchema,
  valueOf,
  type SchemaNode,
} from "./json-schema.ts";
import { after, before } from "./reference-text.ts";

export function referencePage(): string {
  const root = policyJsonSchema();
  return [
    `# ${kind}`,
    "",
    "<!-- Generated from core/policy: node tools/check-generated.ts --fix -->",
    "",
    `\`apiVersion: ${apiVersion}\`, \`kind: ${kind}\`, namespaced. ${root.description ?? ""}`,
    "",
    ...before,
    ...fieldsOf(root).flatMap(([name, field]) => section(name, field)),
    ...after(limits.values),
  ].join("\n");
}

/** A heading and a table for the map, and for every map in it. */
function section(path: string, node: SchemaNode): string[] {
  const fields = fieldsOf(node).filter(([, field]) => field.description !== byServer);
  if (fields.length === 0) return [];
  const required = new Set(node.required ?? []);
  return [
    `## ${path}`,
    "",
    ...(node.description === undefined ? [] : [node.description, ""]),
    "| field | takes | default | |",
    "|---|---|---|---|",
    ...fields.map(([name, field]) => row(name, field, required.has(name))),
    "",
    ...rulesOf(node),
    ...fields.flatMap(([name, field]) => {
      const entry = entryOf(field);
      return section(`${path}.${name}${entry ? "[]" : ""}`, entry ?? field);
    }),
  ];
}

const rulesSchema = z.array(z.object({ message: z.string(), fieldPath: z.string().optional() }));

const byServer = "Set by the API server.";

function row(name: string, field: SchemaNode, isRequired: boolean): string {
  const absent = absentText(field);
  const shown =
    absent === undefined ? "" : typeof field["absentSays"] === "string" ? absent : `\`${absent}\``;
  const cells = [
    `\`${name}\``,
    takes(field),
    isRequired ? "required" : shown,
    field.description ?? "",
  ];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function takes(node: SchemaNode): string {
  const entry = entryOf(node);
  if (entry)
    return `a list${node.maxItems === undefined ? "" : ` of at most ${node.maxItems}`}: ${takes(entry)}`;
  if (typeof node["takes"] === "string") return node["takes"];
  if (node.enum) return node.enum.map((each) => `\`${String(each)}\``).join(", ");
  if (node.const !== undefined) return `\`${String(node.const)}\``;
  if (valueOf(node)) return "a map";
  switch (node.type) {
    case "integer":
    case "number":
      return `a ${node.type === "integer" ? "whole " : ""}number${range(node)}`;
    case "boolean":
      return "`true`, `false`";
    case "object":
      return "a map, see below";
    default:
      return "text";
  }
}

function range({ minimum, maximum }: SchemaNode): string {
  if (maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER) return "";
  return `, ${minimum} to ${maximum}`;
}

/** What spans fields, in the words of its error. */
function rulesOf({ rules }: SchemaNode): string[] {
  const told = rulesSchema.parse(rules ?? []);
  if (told.length === 0) return [];
  const lines = told.map(({ message, fieldPath }) => {
    return `- ${fieldPath === undefined ? "" : `\`${fieldPath.slice(1)}\`: `}${message}`;
  });
  return ["Rules:", "", ...lines, ""];
}
