/** Colours, where they are wanted: a terminal, and nobody said NO_COLOR. */

const codes = { dim: 2, bold: 1, red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 };
export type Colour = keyof typeof codes;
export type Paint = (colour: Colour, text: string) => string;

export const plain: Paint = (_, text) => text;
const painted: Paint = (colour, text) => `\u001b[${codes[colour]}m${text}\u001b[0m`;

/** https://no-color.org, and FORCE_COLOR for those who pipe into a pager. */
export function paintFor(
  stream: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): Paint {
  if (environment["NO_COLOR"]) return plain;
  const forced = environment["FORCE_COLOR"];
  if (forced !== undefined) return forced === "0" ? plain : painted;
  return stream.isTTY && environment["TERM"] !== "dumb" ? painted : plain;
}
