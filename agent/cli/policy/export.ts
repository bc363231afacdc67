/** `pahlevan policy export`: a policy in the words of another tool, for those who run it too. */
import { exportPolicy, formats, type Format } from "@pahlevan/core/policy/export/export.ts";
import { valueOf, type Invocation } from "../command.ts";
import { exitCodes, UsageError } from "../exit.ts";
import { didYouMean } from "../nearest.ts";
import { profileAsked } from "./learned.ts";
import { readTables } from "./tables.ts";
import { yamlText } from "./yaml-text.ts";

export async function run(invocation: Invocation): Promise<number> {
  const [word = "", ...files] = invocation.rest;
  const format = formatOf(word);
  const { policies, errors } = await readTables(
    files,
    "policy export",
    Date.now(),
    await profileAsked(invocation),
  );
  if (policies.length > 1 && (format === "seccomp" || format === "apparmor")) {
    throw new UsageError(`policy export ${format}: one policy at a time, as it makes one file`);
  }
  const architecture = architectureOf(valueOf(invocation, "architecture"));
  const exported = policies.map(({ place, ...source }) => {
    const { documents, remarks } = exportPolicy(format, source, architecture);
    return { place, documents, remarks };
  });
  const texts = exported.flatMap(({ documents }) => documents.map((each) => textOf(format, each)));
  process.stdout.write(texts.join("---\n"));
  for (const line of errors) console.error(`✗ ${line}`);
  for (const { place, remarks } of exported) {
    for (const remark of remarks) console.error(`! ${place}: ${remark}`);
  }
  return errors.length > 0 ? exitCodes.found : exitCodes.fine;
}

function formatOf(word: string): Format {
  const format = formats.find((each) => each === word);
  if (format !== undefined) return format;
  const guess = didYouMean(word, formats);
  throw new UsageError(`policy export: for which tool?${guess || ` ${formats.join(", ")}`}`);
}

function architectureOf(wanted: string | undefined) {
  if (wanted === "x86_64" || wanted === "aarch64") return wanted;
  return process.arch === "arm64" ? "aarch64" : "x86_64";
}

export function textOf(format: Format, document: object | string): string {
  if (typeof document === "string") return document;
  if (format === "seccomp") return `${JSON.stringify(document, undefined, 2)}\n`;
  return yamlText(document);
}
