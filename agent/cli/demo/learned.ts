/** What the agent has learned of the shop, out of its store. */
import { join } from "node:path";
import { hostNamespace } from "@pahlevan/core/behaviour/identity.ts";
import { Store } from "../../store/store.ts";
import { shop } from "./words.ts";

export interface Learned {
  readonly facets: readonly { readonly facet: string; readonly behaviours: number }[];
  /** "connect tcp/127.77.0.10:9000/out" */
  readonly connects: readonly string[];
}

export function learnedIn(folder: string): Learned {
  using store = Store.openExisting({ stateDirectory: join(folder, "state"), decisionsKept: 1 });
  const stored = store?.profiles.read({ namespace: hostNamespace, workload: shop });
  const facets = Object.entries(stored?.profile.facets ?? {}).map(([facet, { entries }]) => {
    return { facet, behaviours: entries.size };
  });
  const connects = [...(stored?.profile.facets.network.entries.keys() ?? [])]
    .map((text) => text.replace(/^network /, ""))
    .filter((text) => text.startsWith("connect"));
  return { facets: facets.filter(({ behaviours }) => behaviours > 0), connects };
}
