/** The objects in a policy file, each with its place. */
import { readYaml, type YamlDocument } from "./yaml.ts";

export interface Found {
  readonly file: string;
  readonly document: YamlDocument;
  /** Where in the document the object is: nowhere, or in the items of a list. */
  readonly within: readonly (string | number)[];
  readonly object: unknown;
}

export interface Documents {
  readonly found: readonly Found[];
  /** "policies.yaml:3: no YAML: …" */
  readonly errors: readonly string[];
}

export function documentsIn(file: string, content: string): Documents {
  const { documents, errors } = readYaml(content);
  return {
    found: documents.flatMap((document) => objectsOf(file, document)),
    errors: errors.map(({ line, says }) => `${file}:${line}: ${says}`),
  };
}

/** One object, or those of a list as `kubectl get -o yaml` prints it. */
function objectsOf(file: string, document: YamlDocument): Found[] {
  const { value } = document;
  const items = isListOfObjects(value) ? value.items : undefined;
  if (items === undefined) return [{ file, document, within: [], object: value }];
  return items.map((object, index) => ({ file, document, within: ["items", index], object }));
}

function isListOfObjects(value: unknown): value is { readonly items: readonly unknown[] } {
  if (typeof value !== "object" || value === null) return false;
  if (!("kind" in value) || !("items" in value)) return false;
  return String(value.kind).endsWith("List") && Array.isArray(value.items);
}

/** Of the policies' group; what does not name both group and kind is taken for a wrong policy. */
export function kindOf(object: unknown): { readonly isOurs: boolean; readonly kind: string } {
  const isMap = typeof object === "object" && object !== null;
  const version = isMap && "apiVersion" in object ? object.apiVersion : undefined;
  const kind = isMap && "kind" in object ? object.kind : undefined;
  if (typeof version !== "string" || typeof kind !== "string") {
    return { isOurs: true, kind: "PahlevanPolicy" };
  }
  const isOurs = version.startsWith("policy.pahlevan.io/") || kind === "PahlevanPolicy";
  return { isOurs, kind };
}

export function isPolicy({ object }: Found): boolean {
  const { isOurs, kind } = kindOf(object);
  return isOurs && kind === "PahlevanPolicy";
}
