/** The demo's processes, known again by whoever has to end them: by a word in their environment. */
import { readdirSync, readFileSync } from "node:fs";

/** A server is told to end; a command ends by itself. */
export type Kind = "server" | "command";

export interface Part {
  readonly pid: number;
  readonly kind: Kind;
}

/** Not a setting: those begin with PAHLEVAN_. */
const variable = "PART_OF_PAHLEVAN_DEMO";

/** The environment of a part of the demo that has this mark. */
export function asPart(kind: Kind, mark: string, environment = process.env): NodeJS.ProcessEnv {
  return { ...environment, [variable]: `${mark} ${kind}` };
}

/** Those that live, whoever started them. */
export function partsOf(mark: string): Part[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const words = environmentOf(name);
      const kind = (["server", "command"] as const).find((each) =>
        words.includes(`${variable}=${mark} ${each}`),
      );
      return kind === undefined ? [] : [{ pid: Number(name), kind }];
    });
}

/** Of who has ended, whether anybody has waited for it or not, there is none. */
function environmentOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return [];
  }
}
