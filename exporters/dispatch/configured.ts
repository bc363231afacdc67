/**
 * From what is written (`exporters.NAME.KEY` in the file, PAHLEVAN_EXPORTERS_NAME_KEY in the
 * environment) to sinks that can be made, with every mistake.
 */
import { createHash } from "node:crypto";
import { nearest } from "@pahlevan/core/policy/nearest.ts";
import { fromStandardVariables } from "../otlp/environment.ts";
import type { Setting } from "../settings.ts";
import { commonKeys } from "./common.ts";
import type { Kind, Prepared, Texts } from "./kind.ts";
import { found, type Environment, type Found } from "./secrets.ts";

/** One setting of one sink, as somebody wrote it. */
export interface Written {
  readonly name: string;
  readonly key: string;
  readonly value: string;
  /** Taken as it is: whoever wrote it may not name what the agent can read. */
  readonly isLiteral?: true;
  /** A policy's: with a mistake in it, it is left out, and nobody else is kept from anything. */
  readonly mayFail?: true;
  /** "/etc/pahlevan/pahlevan.yaml:12", "PAHLEVAN_EXPORTERS_SLACK_URL", "policy host/web". */
  readonly origin: string;
}

export interface Configured {
  readonly name: string;
  readonly type: string;
  readonly prepared: Prepared;
  readonly isPushedMetrics: boolean;
  readonly mayFail: boolean;
  /** Of all its settings, secrets too: another one is another sink. */
  readonly fingerprint: string;
}

export interface Configuration {
  readonly sinks: readonly Configured[];
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  /** For people: no secret is in it. */
  readonly rows: readonly {
    readonly name: string;
    readonly value: string;
    readonly origin: string;
  }[];
}

export interface Kinds {
  readonly types: readonly string[];
  /** Loaded when one is used: some bring a client of megabytes. */
  load(type: string): Promise<Kind | undefined>;
}

const prefix = "PAHLEVAN_EXPORTERS_";

/** What was found out so far. */
interface Findings {
  readonly errors: string[];
  readonly warnings: string[];
  readonly rows: Configuration["rows"][number][];
}

export async function configured(
  written: readonly Written[],
  environment: Environment,
  kinds: Kinds,
): Promise<Configuration> {
  const findings: Findings = { errors: [], warnings: [], rows: [] };
  const sinks: Configured[] = [];
  /** Of policies. */
  const mistakes: string[] = [];
  const own = [...written, ...ofEnvironment(written, environment, kinds, findings.errors)];
  const all = [...own, ...ofStandard(own, environment, findings.warnings)];
  for (const [name, its] of Map.groupBy(all, ({ name: of }) => of)) {
    const mayFail = its.every((one) => one.mayFail === true);
    const told = { ...findings, errors: mayFail ? mistakes : findings.errors };
    // The environment has the last word.
    const settings = new Map(its.map((one) => [one.key, one]));
    const said = settings.get("type");
    settings.delete("type");
    const type = said?.value ?? name;
    const kind = await kinds.load(type);
    if (kind === undefined) {
      const origin = said?.origin ?? its[0]?.origin ?? "";
      const says = said ? `there is no type '${type}'` : "its type is not said";
      told.errors.push(`${origin}: exporters.${name}: ${says}${nearby(type, kinds.types)}`);
      continue;
    }
    const sink = sinkOf(name, kind, [...settings.values()], environment, told);
    if (sink !== undefined) sinks.push({ ...sink, mayFail });
  }
  findings.warnings.push(...mistakes);
  return { sinks, ...findings };
}

/** Undefined where something about it is wrong. */
function sinkOf(
  name: string,
  kind: Kind,
  settings: readonly Written[],
  environment: Environment,
  { errors, warnings, rows }: Findings,
): Omit<Configured, "mayFail"> | undefined {
  const { type } = kind;
  const keys = new Map<string, Setting<unknown>>(Object.entries({ ...commonKeys, ...kind.keys }));
  const texts: Record<string, string> = {};
  const before = errors.length;
  const hidden = new Set<string>();
  for (const { key, value, origin, isLiteral } of settings) {
    const known = keys.get(key);
    const place = `${origin}: exporters.${name}.${key}`;
    if (known === undefined) {
      errors.push(`${place}: ${type} has no such setting${nearby(key, [...keys.keys()])}`);
      continue;
    }
    const its: Found = isLiteral ? { value, isWrittenOut: true } : found(value, environment);
    if ("problem" in its) {
      errors.push(`${place} ${its.problem}`);
      continue;
    }
    texts[key] = its.value;
    const isOpen = its.isWrittenOut === true && !origin.startsWith(prefix);
    if (known.isSecret && isOpen)
      warnings.push(`${place} is written out: name it, as \${NAME} or file:/PATH`);
    const isNamed = its.isWrittenOut === undefined;
    if (isNamed) hidden.add(key);
    const shownAs = isNamed ? value : known.isSecret ? "(secret)" : shown(known, its.value);
    rows.push({ name: `exporters.${name}.${key}`, value: shownAs, origin });
  }
  if (errors.length > before) return undefined;
  const read = kind.prepare(texts, hidden);
  if ("errors" in read) {
    errors.push(...read.errors.map((says) => `exporters.${name} (${type}): ${says}`));
    return undefined;
  }
  const { prepared } = read;
  const isPushedMetrics = kind.metrics && prepared.common.metrics;
  return { name, type, prepared, isPushedMetrics, fingerprint: fingerprintOf(type, texts) };
}

/** PAHLEVAN_EXPORTERS_TEAM_A_URL: of the sink `team-a` if there is one, else of a type's name. */
function ofEnvironment(
  written: readonly Written[],
  environment: Environment,
  kinds: Kinds,
  errors: string[],
): Written[] {
  const variables = Object.entries(environment).filter(([name]) => name.startsWith(prefix));
  if (variables.length === 0) return [];
  const typeOf = new Map(kinds.types.map((type) => [type, type]));
  for (const { name } of written) if (!typeOf.has(name)) typeOf.set(name, name);
  for (const { name, key, value } of written) if (key === "type") typeOf.set(name, value);
  for (const [variable, value] of variables) {
    const [, upper] = /^PAHLEVAN_EXPORTERS_(.+)_TYPE$/.exec(variable) ?? [];
    if (upper !== undefined && value !== undefined) typeOf.set(lower(upper), value);
  }
  // Of names that begin alike the longest is meant.
  const names = [...typeOf.keys()].toSorted((a, b) => b.length - a.length);
  const settings: Written[] = [];
  for (const [variable, value = ""] of variables) {
    const rest = variable.slice(prefix.length);
    const name = names.find((each) => rest.startsWith(`${upper(each)}_`));
    if (name === undefined) {
      errors.push(
        `${variable}: it names no exporter; it takes ${prefix}NAME_KEY, where NAME is a type ` +
          `or has a ${prefix}NAME_TYPE`,
      );
      continue;
    }
    const key = lower(rest.slice(name.length + 1));
    settings.push({ name, key, value, origin: variable });
  }
  return settings;
}

/** What OTEL_* say, where nobody has said otherwise. */
function ofStandard(
  own: readonly Written[],
  environment: Environment,
  warnings: string[],
): Written[] {
  if (own.some(({ name }) => name === "otlp")) return [];
  const { settings = {}, ignored } = fromStandardVariables(environment);
  warnings.push(...ignored);
  return Object.entries(settings).map(([key, value]) => {
    return { name: "otlp", key, value, origin: "OTEL_*" };
  });
}

function upper(name: string): string {
  return name.replaceAll("-", "_").toUpperCase();
}

function lower(variable: string): string {
  return variable.replaceAll("_", "-").toLowerCase();
}

function shown({ type }: Setting<unknown>, text: string): string {
  try {
    return type.show(type.parse(text));
  } catch {
    return text;
  }
}

function fingerprintOf(type: string, texts: Texts): string {
  const sorted = Object.entries(texts).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify([type, sorted]))
    .digest("hex");
}

function nearby(name: string, names: readonly string[]): string {
  const right = nearest(name, names);
  return right === undefined ? `; there are ${names.join(", ")}` : `; did you mean ${right}?`;
}
