/** Names as a terminal may show them: whoever names a file must not steer the reader's terminal. */

// C0 and C1 controls, and the marks that reorder or hide text (bidirectional overrides, zero
// width).
// oxlint-disable-next-line no-control-regex
const unsafe =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|\ufff9|\ufffa|\ufffb/g;

export function safe(text: string): string {
  return text.replace(unsafe, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, "0")}`
      : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** At most so many columns; what is longer loses its middle, because paths differ at both ends. */
export function shortened(text: string, columns: number): string {
  if (text.length <= columns) return text;
  const left = Math.ceil((columns - 1) / 2);
  return `${text.slice(0, left)}…${text.slice(text.length - (columns - 1 - left))}`;
}
