/** What is asked: the store of this host, or a PostgreSQL that many hosts send their records to. */
import { readFileSync } from "node:fs";
import type { Place } from "@pahlevan/exporters/postgres/settings.ts";
import { reasonOf } from "../../store/error.ts";
import type { StoreSettings } from "../../store/store.ts";
import { EnvironmentError, UsageError } from "../exit.ts";
import { existingStore } from "../profile/sources.ts";
import { told } from "../storing.ts";
import type { Asked } from "./asked.ts";
import { newestLast } from "./newest-last.ts";

/** A configured exporter's place, by its name; undefined where no exporter has it. */
export type PlaceNamed = (name: string) => Place | undefined;

export function* ofThisHost(settings: StoreSettings, { question, most }: Asked): Generator<string> {
  using store = existingStore(settings);
  const records = newestLast(store.events, question, most);
  for (;;) {
    const next = told(() => records.next());
    if (next.done === true) return;
    yield next.value;
  }
}

export async function* ofPostgres(
  named: string,
  { question, most }: Asked,
  placeNamed: PlaceNamed,
): AsyncGenerator<string> {
  // Its code and its client are loaded only when they are asked for.
  const { placeAt, readRecords } = await import("@pahlevan/exporters/postgres/reading.ts");
  let place: Place | undefined;
  try {
    place = addressIn(named) ? placeAt(addressIn(named)) : placeNamed(named);
  } catch (error) {
    throw new UsageError(`decisions query: --store: ${reasonOf(error)}`);
  }
  if (place === undefined)
    throw new UsageError(
      `decisions query: --store: no exporter is called '${named}'; it takes the name of one whose ` +
        "type is postgres, postgres://USER@HOST/DATABASE, or file:/PATH that has such an address",
    );
  try {
    yield* readRecords(place, question, most);
  } catch (error) {
    throw new EnvironmentError(`the store cannot be asked: ${reasonOf(error)}`);
  }
}

/** Empty where it is a name. An address with a password belongs in a file: `ps` shows the line. */
function addressIn(named: string): string {
  if (/^postgres(ql)?:\/\//.test(named)) return named;
  return named.startsWith("file:") ? readFileSync(named.slice("file:".length), "utf8").trim() : "";
}
