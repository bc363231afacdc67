/** `pahlevan datadog apply`: what we ship for Datadog is there, and is as it was shipped. */
import { isOn, valueOf, valuesOf, type Invocation } from "../command.ts";
import { EnvironmentError, exitCodes, UsageError } from "../exit.ts";
import { safe } from "../text/safe.ts";
import { inWords, shelvesOf, type Access, type Found, type Shelf } from "./api.ts";
import { kinds, type Kind } from "./commands.ts";
import { holds } from "./holds.ts";
import { shipped, type Wanted } from "./shipped.ts";

interface Step {
  readonly does: "create" | "update" | "leave";
  readonly wanted: Wanted;
  /** Of what is there. */
  readonly id?: string;
}

export async function run(invocation: Invocation): Promise<number> {
  const access = accessOf(invocation, process.env);
  const asked = valuesOf(invocation, "only");
  const wanted = shipped(kinds.filter((kind) => asked.includes(kind)));
  const shelves = await shelvesOf(access);
  const steps: Step[] = [];
  for (const kind of kinds)
    steps.push(
      ...(await planOf(
        shelves[kind],
        kind,
        wanted.filter((one) => one.kind === kind),
      )),
    );
  const refusals = await refusalsOf(shelves, steps);
  for (const says of refusals) console.error(safe(`✗ ${says}`));
  if (refusals.length > 0) return exitCodes.found;
  const isDry = isOn(invocation, "dry-run");
  for (const step of steps) {
    if (!isDry) await perform(shelves, step);
    console.log(safe(lineOf(step, isDry)));
  }
  const isChange = steps.some(({ does }) => does !== "leave");
  return isDry && isChange ? exitCodes.found : exitCodes.fine;
}

export function accessOf(invocation: Invocation, environment: NodeJS.ProcessEnv): Access {
  const key = (name: string) => {
    const value = environment[name]?.trim() ?? "";
    if (value === "")
      throw new EnvironmentError(`datadog apply: ${name} is not set in the environment`);
    return value;
  };
  const site = valueOf(invocation, "site") ?? (environment["DD_SITE"] || "datadoghq.com");
  if (!/^(?:[a-z0-9-]+\.)+[a-z]{2,}$/.test(site))
    throw new UsageError(
      `datadog apply: --site '${site}': it takes one such as datadoghq.eu, without https://`,
    );
  const url = valueOf(invocation, "url") ?? "";
  if (url !== "" && !/^https?:\/\//.test(url))
    throw new UsageError(`datadog apply: --url '${url}': it takes https://HOST`);
  return {
    apiKey: key("DD_API_KEY"),
    appKey: key("DD_APP_KEY"),
    site,
    url: url.replace(/\/$/, ""),
  };
}

async function planOf(shelf: Shelf, kind: Kind, wanted: readonly Wanted[]): Promise<Step[]> {
  if (wanted.length === 0) return [];
  const marks = new Set(wanted.map(({ mark }) => mark));
  const found = await told(shelf.find(marks), `reading ${kind}`);
  // Of two with one mark the first: the other one is a copy that somebody made.
  const byMark = new Map<string, Found>();
  for (const one of found) if (!byMark.has(one.mark)) byMark.set(one.mark, one);
  return wanted.map((one): Step => {
    const there = byMark.get(one.mark);
    if (there === undefined) return { does: "create", wanted: one };
    const does = holds(there.json, one.json) ? "leave" : "update";
    return { does, wanted: one, id: there.id };
  });
}

/** Before anything is written: either all is right, or nothing is changed. */
async function refusalsOf(
  shelves: Record<Kind, Shelf>,
  steps: readonly Step[],
): Promise<readonly string[]> {
  const refusals: string[] = [];
  for (const { does, wanted } of steps) {
    if (does === "leave") continue;
    try {
      await shelves[wanted.kind].validate?.(wanted);
    } catch (error) {
      if (!isRefusal(error)) throw inWords(error, `validating ${wanted.name}`);
      refusals.push(inWords(error, wanted.name).message);
    }
  }
  return refusals;
}

const isRefusal = (error: unknown) =>
  error instanceof Error && "code" in error && error.code === 400;

async function perform(shelves: Record<Kind, Shelf>, { does, wanted, id = "" }: Step) {
  const shelf = shelves[wanted.kind];
  if (does === "create") await told(shelf.create(wanted), wanted.name);
  if (does === "update") await told(shelf.update(id, wanted), wanted.name);
}

async function told<T>(asked: Promise<T>, what: string): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    throw inWords(error, what);
  }
}

function lineOf({ does, wanted }: Step, isDry: boolean): string {
  const { kind, name } = wanted;
  const one = kind.replace(/s$/, "").replace("-", " ");
  if (does === "leave") return `= ${one} ${name}: as it is`;
  const [sign, word] = does === "create" ? ["+", "create"] : ["~", "update"];
  return `${sign} ${one} ${name}: ${isDry ? `would be ${word}d` : `${word}d`}`;
}
