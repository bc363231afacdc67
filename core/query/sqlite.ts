/** Questions to SQLite, of rows whose column `line` is a record's JSON. */
import type { Dialect } from "./sql.ts";

export const sqlite: Dialect = {
  place: (number) => `?${number}`,
  path: (path) => `$${path.map((part) => `."${part}"`).join("")}`,
  // Its letters that mean something, each in a class of its own.
  pattern: (pattern) => pattern.replaceAll(/[?[]/g, "[$&]"),
  at: (path) => ({ type: `json_type(line, ${path})`, value: `json_extract(line, ${path})` }),
  some: (path, isListOnly, isTrue) =>
    `json_type(line, ${path}) ${isListOnly ? "= 'array'" : "<> 'object'"} AND EXISTS ` +
    `(SELECT 1 FROM json_each(line, ${path}) AS e ` +
    `WHERE ${isTrue({ type: "e.type", value: "e.value" })})`,
  // An object's or a list's value is a text too: its JSON. The type costs more, so it comes last.
  isText: ({ type, value }, comparison) => `(${value} ${comparison} AND ${type} = 'text')`,
  // Past 2^53 the digits of a number are more than it has: both sides are rounded alike.
  isNumber: ({ type, value }, comparison) =>
    `(${type} IN ('integer', 'real') AND CAST(${value} AS REAL) ${comparison})`,
  isBoolean: ({ type }, wanted) => `${type} = '${wanted ? "true" : "false"}'`,
  like: "GLOB",
};
