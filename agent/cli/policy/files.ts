/** The documents of policy files: files, folders of them, or standard input. */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { UsageError } from "../exit.ts";
import { readYaml, type YamlDocument } from "./document.ts";

export interface Found {
  readonly file: string;
  readonly document: YamlDocument;
  /** Where in the document the object is: nowhere, or in the items of a list. */
  readonly within: readonly (string | number)[];
  readonly object: unknown;
}

export interface Files {
  readonly found: readonly Found[];
  /** "policies.yaml:3: no YAML: …" */
  readonly errors: readonly string[];
}

export async function readFiles(names: readonly string[], command: string): Promise<Files> {
  if (names.length === 0) throw new UsageError(`${command}: which files? - is standard input`);
  const found: Found[] = [];
  const errors: string[] = [];
  for (const file of (await Promise.all(names.map(filesOf))).flat()) {
    const { documents, errors: wrong } = readYaml(await contentsOf(file));
    errors.push(...wrong.map(({ line, says }) => `${file}:${line}: ${says}`));
    found.push(...documents.flatMap((document) => objectsOf(file, document)));
  }
  return { found, errors };
}

async function filesOf(name: string): Promise<string[]> {
  if (name === "-") return [name];
  const isFolder = await stat(name).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) return [name];
  const inside = (await readdir(name)).filter((each) => /^[^.].*\.(ya?ml|json)$/.test(each));
  return inside.toSorted().map((each) => join(name, each));
}

async function contentsOf(file: string): Promise<string> {
  if (file === "-") return text(process.stdin);
  return readFile(file, "utf8").catch((error: unknown) => {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  });
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
