/**
 * JSON of which no byte costs more memory than an alert's would: a megabyte of "[" would otherwise
 * become a hundred.
 */

const deepest = 32;
/** An alert is three of them: itself, its labels, its annotations. */
const mostContainers = 64_000;
const mostValues = 1_000_000;

export function parseJson(
  body: Buffer,
): { readonly value: unknown } | { readonly unreadable: string } {
  const problem = shapeProblem(body);
  if (problem !== undefined) return { unreadable: problem };
  try {
    return { value: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)) };
  } catch (error) {
    // Its message quotes the text, which is somebody else's.
    return { unreadable: error instanceof SyntaxError ? "no JSON" : "no UTF-8" };
  }
}

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;

/** Strings are skipped; whether it is JSON at all is the parser's to say. */
function shapeProblem(body: Buffer): string | undefined {
  let depth = 0;
  let containers = 0;
  let values = 0;
  for (let at = 0; at < body.length; at++) {
    switch (body[at]) {
      case quote:
        at = endOfString(body, at);
        break;
      case 0x5b: // [
      case 0x7b: // {
        depth += 1;
        containers += 1;
        if (depth > deepest) return `nested deeper than ${deepest}`;
        if (containers > mostContainers) return `more than ${mostContainers} lists and objects`;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth -= 1;
        break;
      case comma:
        values += 1;
        if (values > mostValues) return `more than ${mostValues} values`;
        break;
      default:
    }
  }
  return undefined;
}

function endOfString(body: Buffer, begin: number): number {
  for (let from = begin + 1; ;) {
    const end = body.indexOf(quote, from);
    if (end < 0) return body.length;
    let slashes = 0;
    while (body[end - 1 - slashes] === backslash) slashes += 1;
    if (slashes % 2 === 0) return end;
    from = end + 1;
  }
}
