/** The right name, or the right place, for a field that the schema does not have. */
import * as z from "zod";
import { didYouMean } from "./nearest.ts";
import { policySchema } from "./schema/policy.ts";
import { pathShown } from "./shown.ts";

type Path = readonly PropertyKey[];

/** Words of other dialects of PahlevanPolicy, at the places where they stand. */
const foreign = new Set([
  ...["learningConfig", "enforcementConfig", "syscallPolicy", "networkPolicy", "filePolicy"],
  ...["observabilityConfig", "attackSurface", "recoveryStrategy", "processExecution"],
  ...["maxRollbackAttempts", "emergencyMode", "gracePeriod", "lsmEnabled", "alerts"],
]);

export function unknownField(root: z.ZodType, path: Path, field: string): string {
  const here = namesAt(root, path);
  const guess = didYouMean(field, here);
  if (guess !== "") return `unknown field${guess}`;
  if (foreign.has(field)) {
    return "unknown field; it is of another dialect, which pahlevan policy convert reads";
  }
  const known = places.get(field) ?? [];
  const least = Math.min(...known.map((place) => place.length));
  const elsewhere = known.filter((place) => place.length === least);
  if (elsewhere.length > 0 && elsewhere.length <= 3) {
    return `unknown field; did you mean ${elsewhere.map(pathShown).join(" or ")}?`;
  }
  return here.length === 0 ? "unknown field" : `unknown field; there are ${here.join(", ")}`;
}

/** The names that a map has at a path. */
function namesAt(root: z.ZodType, path: Path): readonly string[] {
  let at: unknown = inside(root);
  for (const part of path) at = inside(typeof part === "number" ? at : fieldOf(at, part), part);
  const shape = shapeOf(at);
  return shape === undefined ? [] : Object.keys(shape);
}

function fieldOf(schema: unknown, name: PropertyKey): unknown {
  if (schema instanceof z.ZodRecord) return schema.valueType;
  const shape = shapeOf(schema) ?? {};
  return typeof name === "string" && Object.hasOwn(shape, name) ? shape[name] : undefined;
}

/** What lies in optional ones, lists (at an index), codecs; of a union, the map. */
function inside(schema: unknown, part?: PropertyKey): unknown {
  if (schema instanceof z.ZodExactOptional) return inside(schema.unwrap(), part);
  if (schema instanceof z.ZodArray && typeof part === "number") return inside(schema.element);
  if (schema instanceof z.ZodCodec) return inside(schema.in, part);
  if (schema instanceof z.ZodUnion) {
    return schema.options.find((option: unknown) => option instanceof z.ZodObject);
  }
  return schema;
}

function shapeOf(schema: unknown): Readonly<Record<string, unknown>> | undefined {
  return schema instanceof z.ZodObject ? schema.shape : undefined;
}

/** Every field of a policy's spec, with the places where it belongs. */
const places = new Map<string, Path[]>();
function index(schema: unknown, path: Path): void {
  const at = inside(schema);
  for (const [name, field] of Object.entries(shapeOf(at) ?? {})) {
    const place = [...path, name];
    if (path.length > 0) places.set(name, [...(places.get(name) ?? []), place]);
    index(field, place);
  }
}
index(policySchema.shape.spec, ["spec"]);
