/** Questions to PostgreSQL, of rows whose column `record` is jsonb. */
import type { Dialect } from "./sql.ts";

const casts = { text: "text", number: "float8", path: "text[]" } as const;

export const postgresql: Dialect = {
  place: (number, type) => `$${number}::${casts[type]}`,
  // A list in its own writing: no part has a quote or a backslash.
  path: (path) => `{${path.map((part) => `"${part}"`).join(",")}}`,
  pattern: (pattern) => pattern.replaceAll(/[\\%_]/g, String.raw`\$&`).replaceAll("*", "%"),
  at: (path) => ({ type: `jsonb_typeof(record #> ${path})`, value: `(record #>> ${path})` }),
  some: (path, isListOnly, isTrue) =>
    `EXISTS (SELECT 1 FROM jsonb_array_elements(CASE jsonb_typeof(record #> ${path}) ` +
    `WHEN 'array' THEN record #> ${path} ${isListOnly ? "" : single(path)} END) AS e(j) ` +
    `WHERE ${isTrue({ type: "jsonb_typeof(e.j)", value: "(e.j #>> '{}')" })})`,
  isText: ({ type, value }, comparison) => `(${type} = 'string' AND ${value} ${comparison})`,
  // In order: only what is a number is read as one.
  isNumber: ({ type, value }, comparison) =>
    `CASE WHEN ${type} = 'number' THEN ${value}::float8 ${comparison} ELSE FALSE END`,
  isBoolean: ({ type, value }, wanted) => `(${type} = 'boolean' AND ${value} = '${wanted}')`,
  like: "LIKE",
};

function single(path: string): string {
  return `WHEN 'object' THEN '[]' ELSE jsonb_build_array(record #> ${path})`;
}
