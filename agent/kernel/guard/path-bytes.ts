/**
 * Paths as the bytes that the kernel has. core keeps bytes that are not UTF-8 as lone surrogates,
 * U+DC80 to U+DCFF (PEP 383), and here they are bytes again.
 */

const strays = /[\uDC80-\uDCFF]/u;

/** Whether it holds bytes that are not UTF-8. */
export function hasStrays(text: string): boolean {
  return strays.test(text);
}

export function pathBytes(text: string): Buffer {
  if (!hasStrays(text)) return Buffer.from(text, "utf8");
  return Buffer.concat(
    Array.from(text, (letter) =>
      hasStrays(letter) ? Buffer.of(letter.charCodeAt(0) & 0xff) : Buffer.from(letter, "utf8"),
    ),
  );
}
