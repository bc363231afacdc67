/** `pahlevan policy convert`: rewrites policies of other dialects, and says what was lost. */
import { convertPolicy, type Conversion } from "@pahlevan/core/policy/convert/convert.ts";
import { problemText } from "@pahlevan/core/policy/problem.ts";
import { stringify } from "yaml";
import type { Invocation } from "../command.ts";
import { exitCodes } from "../exit.ts";
import { kindOf, type Found } from "../../policies/documents.ts";
import { readFiles } from "./files.ts";
import { syscallName, vocabulary } from "../../policies/vocabulary.ts";

export async function run({ rest }: Invocation): Promise<number> {
  const { found, errors } = await readFiles(rest, "policy convert");
  const written: string[] = [];
  const lost = [...errors];
  const changed: string[] = [];
  for (const each of found) {
    const { isOurs, kind } = kindOf(each.object);
    const line = `${each.file}:${each.document.lineOf(each.within)}`;
    if (!isOurs || (kind !== "PahlevanPolicy" && kind !== "ContainerProfile")) {
      changed.push(`${line}: ${kind} is passed over`);
      continue;
    }
    const conversion = convertPolicy(each.object, {
      ...vocabulary,
      syscallName,
      nowMs: Date.now(),
    });
    if (Object.keys(conversion.document).length > 0) written.push(stringify(conversion.document));
    lost.push(...remarksOf(each, conversion, "lost"));
    lost.push(...mistakesIn(line, conversion));
    changed.push(...remarksOf(each, conversion, "changed"));
  }
  if (written.length === 0 && lost.length === 0) {
    lost.push(`${rest.join(", ")}: no PahlevanPolicy or ContainerProfile in there`);
  }
  process.stdout.write(written.join("---\n"));
  for (const line of lost) console.error(`✗ ${line}`);
  for (const line of changed) console.error(`! ${line}`);
  return lost.length > 0 ? exitCodes.found : exitCodes.fine;
}

function remarksOf(
  { file, document, within }: Found,
  { reading, remarks }: Conversion,
  kind: "lost" | "changed",
): string[] {
  const end = kind === "lost" ? " (not carried over)" : "";
  return remarks
    .filter((remark) => remark.kind === kind)
    .map(({ path, says }) => {
      const place = `${file}:${document.lineOf([...within, ...path])}`;
      return `${place}: ${problemText(reading.name, { severity: "error", path, says })}${end}`;
    });
}

/** What the original said wrongly, the result says wrongly. */
function mistakesIn(place: string, { reading }: Conversion): string[] {
  return reading.problems
    .filter(({ severity }) => severity === "error")
    .map((problem) => `${place}: of what was written, ${problemText(reading.name, problem)}`);
}
