/** Exceptions of a whole policy, by type; here each facet has its own. */
import { isPlain } from "../bounds.ts";
import { shown } from "../shown.ts";
import { readEndpoint } from "../values/endpoint.ts";
import { readPath } from "../values/path.ts";
import { readSyscall } from "../values/kernel-name.ts";
import type { Names } from "./convert.ts";
import { filled, type Draft } from "./draft.ts";
import type { Source } from "./source.ts";

const facets = { Syscall: "syscalls", Network: "network", File: "files" } as const;

export function addExceptions(enforcement: Source, draft: Draft, names: Names): void {
  for (const source of enforcement.each("exceptions")) {
    const type = source.take("type");
    const reason = source.take("reason") ?? "none was given";
    const expires = source.take("expiresAt");
    const isEndless = source.take("temporary") === true && expires === undefined;
    if (isEndless) source.change(["temporary"], "has no end: write expires");
    const known = Object.entries(facets).find(([name]) => name === type);
    const patterns = source.words("patterns");
    if (known === undefined) {
      source.lose(["type"], `there is no facet ${shown(type)}`);
      continue;
    }
    const [, facet] = known;
    for (const { word, index } of patterns) {
      if (!isTaken(facet, word, names))
        source.lose(["patterns", index], `${shown(word)} matches nothing here`);
      else add(draft, facet, filled({ match: word, reason, expires }));
    }
  }
}

function isTaken(facet: string, word: string, { syscalls }: Names): boolean {
  if (facet === "syscalls") return "value" in readSyscall(word) && syscalls.has(word);
  return "value" in (facet === "files" ? readPath(word) : readEndpoint(word));
}

function add(draft: Draft, facet: string, exception: Draft): void {
  const before = draft[facet];
  const fields = isPlain(before) ? before : {};
  const list = fields["exceptions"];
  const others: readonly unknown[] = Array.isArray(list) ? list : [];
  draft[facet] = { ...fields, exceptions: [...others, exception] };
}
