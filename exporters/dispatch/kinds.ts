/** Every type of sink. Each is loaded when one is configured: some bring a client of megabytes. */
import type { Kinds } from "./configured.ts";
import { kindOf, type Kind } from "./kind.ts";

const loaders: Readonly<Record<string, () => Promise<Kind>>> = {
  otlp: async () => kindOf((await import("../otlp/otlp.ts")).otlp),
};

export const kinds: Kinds = {
  types: Object.keys(loaders),
  async load(type) {
    return Object.hasOwn(loaders, type) ? loaders[type]?.() : undefined;
  },
};
