/** The words in which a record can be told, by the name that a setting `format` takes. */
import type { Line } from "../record.ts";
import type { Around } from "../sink.ts";
import { ecs } from "./ecs.ts";
import { falco } from "./falco.ts";
import { ocsf } from "./ocsf.ts";

/** Whose records they are. */
export type Origin = Pick<Around, "host" | "cluster" | "version">;

/** Of the same record the same object, whenever and wherever it is asked. */
export type Format = (line: Line, origin: Origin) => Readonly<Record<string, unknown>>;

/** As `observe -o json` prints it, and where it happened. */
const pahlevan: Format = (line, { host, cluster }) => ({
  ...line,
  host,
  ...(cluster !== "" && { cluster }),
});

export const formats = { pahlevan, ecs, ocsf, falco } as const satisfies Readonly<
  Record<string, Format>
>;
export type FormatName = keyof typeof formats;
