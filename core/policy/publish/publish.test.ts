/** What is published from the definition: a CRD that an API server takes, a schema for editors. */
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import { describe, expect, it } from "vitest";
import { isPlain } from "../bounds.ts";
import { apiVersion, kind } from "../schema/policy.ts";
import { crd } from "./crd.ts";
import { editorSchema } from "./editor.ts";
import { entryOf, fieldsOf, policyJsonSchema, type SchemaNode } from "./json-schema.ts";
import { referencePage } from "./reference.ts";

const names = {
  syscalls: new Set(["read", "ptrace"]),
  capabilities: new Set(["CAP_NET_ADMIN", "CAP_CHOWN"]),
};

type Path = readonly (string | number)[];

/** Every map in a value, with its path. */
function maps(value: unknown, path: Path = []): [Path, Readonly<Record<string, unknown>>][] {
  if (Array.isArray(value)) return value.flatMap((item, index) => maps(item, [...path, index]));
  if (!isPlain(value)) return [];
  const below = Object.entries(value).flatMap(([key, item]) => maps(item, [...path, key]));
  return [[path, value], ...below];
}

function at(value: unknown, ...path: Path): unknown {
  return path.reduce<unknown>((inner, part) => {
    if (Array.isArray(inner) && typeof part === "number") return inner[part];
    return isPlain(inner) ? inner[part] : undefined;
  }, value);
}

/** The places of a CRD where a schema stands. */
const schemas = maps(at(crd(), "spec", "versions", 0, "schema", "openAPIV3Schema")).filter(
  ([path]) => {
    const [before, last] = [path.at(-2), path.at(-1)];
    return (
      path.length === 0 ||
      before === "properties" ||
      last === "items" ||
      last === "additionalProperties"
    );
  },
);

describe("the CRD", () => {
  /** The places of which something is true that should not be. */
  const places = (isWrong: (schema: Readonly<Record<string, unknown>>) => boolean) =>
    schemas.flatMap(([path, schema]) => (isWrong(schema) ? [path.join(".")] : []));

  it("is structural: everything has a type, or says why not", () => {
    expect(schemas.length).toBeGreaterThan(150);
    const untyped = places((schema) => {
      const isOpen = schema["x-kubernetes-preserve-unknown-fields"] === true;
      const isEither = schema["x-kubernetes-int-or-string"] === true;
      return [schema["type"] !== undefined, isOpen, isEither].filter(Boolean).length !== 1;
    });
    expect(untyped).toEqual([]);
  });

  it.each([
    ...["$ref", "$schema", "definitions", "oneOf", "anyOf", "allOf", "not", "const", "default"],
    ...["patternProperties", "propertyNames", "uniqueItems"],
    ...["takes", "absent", "absentSays", "rules", "names"],
  ])("holds no %s", (word) => {
    expect(places((schema) => Object.hasOwn(schema, word))).toEqual([]);
  });

  it("closes no map, and says of every list what is in it", () => {
    expect(places((schema) => schema["additionalProperties"] === false)).toEqual([]);
    const both = places(
      ({ properties, additionalProperties }) =>
        properties !== undefined && additionalProperties !== undefined,
    );
    expect(both).toEqual([]);
    expect(places(({ type, items }) => (type === "array") !== (items !== undefined))).toEqual([]);
  });

  it("has patterns that Go's RE2 takes: no looking around, no references back, no \\0", () => {
    const foreign = /\(\?[=!<]|\\[0-9]|\\u/;
    expect(places(({ pattern }) => typeof pattern === "string" && foreign.test(pattern))).toEqual(
      [],
    );
  });

  it("asks only for fields that there are, in rules that name them", () => {
    const asked = schemas.flatMap(([path, schema]) =>
      maps(schema["x-kubernetes-validations"]).flatMap(([, { rule }]) =>
        [...String(rule).matchAll(/self\.(\w+)/g)].map(([, field = ""]) => ({
          place: [...path, field].join("."),
          // CEL sees no field without a type.
          type: at(schema, "properties", field, "type"),
        })),
      ),
    );
    expect(asked.length).toBeGreaterThan(8);
    expect(asked.filter(({ type }) => type === undefined)).toEqual([]);
  });

  it("prints columns of fields that there are", () => {
    const columns = at(crd(), "spec", "versions", 0, "additionalPrinterColumns");
    for (const [, { jsonPath }] of maps(columns)) {
      const parts = String(jsonPath).slice(1).split(".");
      if (parts[0] === "metadata") continue;
      const path = parts.flatMap((part) => ["properties", part]);
      expect(at(crd(), "spec", "versions", 0, "schema", "openAPIV3Schema", ...path)).toBeDefined();
    }
  });

  it("keeps the status apart from the wish", () => {
    expect(at(crd(), "spec", "versions", 0, "subresources")).toEqual({ status: {} });
    expect(at(crd(), "spec", "scope")).toBe("Namespaced");
  });
});

describe("the schema for editors", () => {
  const ajv = addFormats.default(new Ajv({ allErrors: true, strict: true, allowUnionTypes: true }));
  const validate = ajv.compile(editorSchema(names));
  const isTaken = (spec: object) =>
    validate({ apiVersion, kind, metadata: { name: "web" }, spec: { selector: {}, ...spec } });

  it.each([
    {},
    { learning: { duration: "1h30m", maxUnseenMass: 0.5 } },
    { enforcement: { mode: "audit", network: { allowedEgressPorts: [80, "8000-8999/udp"] } } },
    { enforcement: { capabilities: { allowed: ["net_admin", "CAP_CHOWN"] } } },
    { enforcement: { canary: { steps: [1, "10%", "100%"] } } },
    {
      enforcement: {
        files: { exceptions: [{ match: "/a", reason: "b", expires: "2027-01-31T18:00:00Z" }] },
      },
    },
    { webhooks: [{ name: "a", url: { secretKeyRef: { name: "a", key: "b" } } }] },
    { webhooks: [{ name: "a", url: "${URL}", events: ["all"] }] },
  ])("takes %j", (spec) => {
    isTaken(spec);
    expect(validate.errors).toBeNull();
  });

  it.each([
    { learning: { duraton: "5m" } },
    { learning: { duration: "5 minutes" } },
    { learning: { maxUnseenMass: 2 } },
    { enforcement: { mode: "enforced" } },
    { enforcement: { syscalls: { deniedSyscalls: ["ptrcae"] } } },
    { enforcement: { capabilities: { denied: ["NET_ADMN"] } } },
    { enforcement: { network: { allowedEgressPorts: ["http"] } } },
    { enforcement: { files: { deniedPaths: ["relative"] } } },
    { enforcement: { canary: { steps: ["110%"] } } },
    { enforcement: { files: { exceptions: [{ match: "/a" }] } } },
    { webhooks: [{ name: "a", url: { secretKeyRef: { name: "a" } } }] },
    { selector: null },
  ])("refuses %j", (spec) => {
    expect(isTaken(spec)).toBe(false);
  });
});

describe("every field", () => {
  function all(node: SchemaNode, path: string): [string, SchemaNode][] {
    return fieldsOf(node).flatMap(([name, field]) => {
      const place = `${path}.${name}`;
      return [[place, field], ...all(entryOf(field) ?? field, place)];
    });
  }
  const fields = fieldsOf(policyJsonSchema()).flatMap(([name, node]) => all(node, name));

  it("says what it is for", () => {
    expect(fields.length).toBeGreaterThan(100);
    expect(fields.filter(([, field]) => !/\w/.test(field.description ?? ""))).toEqual([]);
  });

  it("is in the reference", () => {
    const page = referencePage();
    const missing = fields.filter(([place]) => {
      const name = place.split(".").at(-1) ?? "";
      return !place.startsWith("metadata.") && !page.includes(`| \`${name}\` |`);
    });
    expect(missing).toEqual([]);
  });
});
