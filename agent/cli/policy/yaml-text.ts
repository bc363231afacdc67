/**
 * YAML that every reader takes, and people see whole: letters that YAML forbids, that end a line to
 * some readers or that nobody sees are escaped.
 */
import { Document, visit } from "yaml";

/** Controls, formats (text from right to left), line ends of Unicode, and what is no letter. */
const hidden = /[\p{Cc}\p{Cf}\u2028\u2029\ufffe\uffff]/u;

export function yamlText(value: object): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_, scalar) {
      if (typeof scalar.value === "string" && hidden.test(scalar.value)) {
        scalar.type = "QUOTE_DOUBLE";
      }
    },
  });
  // All that is left of them stands in double quotes; only the lines' own ends do not.
  return document.toString({ lineWidth: 0 }).replaceAll(new RegExp(hidden, "gu"), (letter) => {
    if (letter === "\n") return letter;
    const code = letter.codePointAt(0) ?? 0;
    return code > 0xffff
      ? `\\U${code.toString(16).padStart(8, "0")}`
      : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}
