/** Lists of written values: each is carried over if our own reader takes it, else told of. */
import { shown } from "../shown.ts";
import type { Read } from "../values/read.ts";
import type { Source } from "./source.ts";

export function kept(
  source: Source,
  name: string,
  read: (text: string) => Read<unknown>,
  isKnown: (word: string) => boolean = () => true,
): (string | number)[] {
  return source.words(name).flatMap(({ word, index }) => {
    const result = read(word);
    if ("refused" in result) {
      source.lose([name, index], `${shown(word)}: ${result.refused}`);
      return [];
    }
    if (!isKnown(word)) {
      source.lose([name, index], `no kernel knows ${shown(word)}`);
      return [];
    }
    return [/^[0-9]{1,9}$/.test(word) ? Number(word) : word];
  });
}

const actions: Readonly<Record<string, string>> = {
  allow: "allow",
  deny: "deny",
  audit: "audit",
  alert: "audit",
};

export function actionOf(source: Source): string | undefined {
  const written = source.take("defaultAction");
  if (written === undefined) return undefined;
  const action = typeof written === "string" ? actions[written.toLowerCase()] : undefined;
  if (action === undefined) source.lose(["defaultAction"], `there is no action ${shown(written)}`);
  return action;
}
