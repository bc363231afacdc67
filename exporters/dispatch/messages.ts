/** What the thread that sends and the thread that senses say to each other. */
import type { SinkFigures } from "../delivery/figures.ts";
import type { Snapshot } from "../metrics/snapshot.ts";
import type { Sort } from "../record.ts";
import type { Written } from "./configured.ts";

/** Plain data, given to the thread at its start. */
export interface ThreadData {
  readonly folder: string | undefined;
  readonly host: string;
  readonly cluster: string;
  readonly version: string;
}

export type Order =
  | { readonly do: "configure"; readonly number: number; readonly written: readonly Written[] }
  /** Texts of records, a line each. */
  | { readonly do: "send"; readonly lines: string; readonly bytes: number }
  /** All are configured that will be: what others left on disk is nobody's. */
  | { readonly do: "clean" }
  | { readonly do: "metrics"; readonly snapshot: Snapshot }
  | { readonly do: "stop"; readonly patienceMs: number };

export type Said =
  | {
      readonly say: "configured";
      readonly number: number;
      readonly errors: readonly string[];
      readonly warnings: readonly string[];
      readonly names: readonly string[];
      readonly sorts: readonly Sort[];
      readonly metrics: boolean;
    }
  | { readonly say: "took"; readonly bytes: number }
  | { readonly say: "figures"; readonly figures: readonly SinkFigures[] }
  | { readonly say: "trouble"; readonly name: string; readonly says: string }
  | { readonly say: "stopped"; readonly figures: readonly SinkFigures[] };
