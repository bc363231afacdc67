/** Text in which every character can be seen. */

/** Control characters as the agent writes bytes that are no text: who reads lines gets one. */
export function visible(text: string): string {
  return text.replaceAll(
    /[\u0000-\u001f\u007f]/g,
    (sign) => `\\x${sign.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
