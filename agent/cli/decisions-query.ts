/** `pahlevan decisions query`: what happened, out of a store; the newest last. */
import type { Written } from "@pahlevan/exporters/dispatch/configured.ts";
import type { Place } from "@pahlevan/exporters/postgres/settings.ts";
import { askedBy } from "./decisions/asked.ts";
import { showing, type Form } from "./decisions/shown.ts";
import { ofPostgres, ofThisHost } from "./decisions/stores.ts";
import { valueOf, type Invocation } from "./command.ts";
import { exitCodes } from "./exit.ts";
import { loadedSettings } from "./settings.ts";
import { paintFor } from "./text/colour.ts";

export async function run(invocation: Invocation): Promise<number> {
  const nowMs = Date.now();
  const asked = askedBy(invocation, nowMs);
  const { config, exporters } = await loadedSettings(invocation);
  const show = showing(formOf(invocation), paintFor(process.stdout, process.env), nowMs);
  const store = valueOf(invocation, "store");
  const places = store === undefined ? new Map<string, Place>() : await placesIn(exporters);
  const records =
    store === undefined
      ? ofThisHost(config, asked)
      : ofPostgres(store, asked, (name) => places.get(name));
  for await (const text of records) process.stdout.write(show(text));
  return exitCodes.fine;
}

/** Of the exporters that write into a PostgreSQL, by their names. */
async function placesIn(written: readonly Written[]): Promise<ReadonlyMap<string, Place>> {
  const { configured } = await import("@pahlevan/exporters/dispatch/configured.ts");
  const { kinds } = await import("@pahlevan/exporters/dispatch/kinds.ts");
  const { valuesIn } = await import("@pahlevan/exporters/dispatch/kind.ts");
  const { placeKeys } = await import("@pahlevan/exporters/postgres/settings.ts");
  const { sinks } = await configured(written, process.env, kinds);
  const places = new Map<string, Place>();
  for (const { name, type, prepared } of sinks) {
    const place = type === "postgres" ? valuesIn(placeKeys, prepared.texts, []) : undefined;
    if (place !== undefined) places.set(name, place);
  }
  return places;
}

function formOf(invocation: Invocation): Form {
  const form = valueOf(invocation, "output");
  return form === "json" || form === "yaml" ? form : "text";
}
