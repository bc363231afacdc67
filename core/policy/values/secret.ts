/** Secrets: named, so that no policy has to hold one: ${NAME} or a secretKeyRef. */
import { refused, type Read } from "./read.ts";

export type Secret =
  | { readonly from: "environment"; readonly variable: string }
  | { readonly from: "secret"; readonly name: string; readonly key: string }
  | { readonly from: "literal"; readonly value: string };

export const secretSays = '"${NAME}" of the environment, or secretKeyRef: {name, key}';

export function readSecretText(text: string): Read<Secret> {
  const [, variable] = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(text) ?? [];
  if (variable !== undefined) return { value: { from: "environment", variable } };
  if (text.includes("${")) return refused("the whole value is one ${NAME}; nothing around it");
  return { value: { from: "literal", value: text } };
}
