/**
 * The same question in SQL. Whatever a person wrote, values and names of fields, becomes a
 * parameter; the text is made of what stands in this folder.
 */
import type { Expression, Field, Test, Value } from "./expression.ts";

export type Parameter = string | number;

export interface Sql {
  readonly sql: string;
  /** By the numbers that their places have in `sql`, from `first` on. */
  readonly values: readonly Parameter[];
}

/** A JSON value, in a database's words: its type, and it itself as a text or number. */
export interface JsonValue {
  readonly type: string;
  readonly value: string;
}

export interface Dialect {
  /** The place of the parameter with this number. */
  place(number: number, type: "text" | "number" | "path"): string;
  path(path: readonly string[]): Parameter;
  pattern(pattern: string): string;
  /** By the path's place. */
  at(path: string): JsonValue;
  /** Whether there is a value of the field for which it is true. */
  some(path: string, isListOnly: boolean, isTrue: (value: JsonValue) => string): string;
  isText(value: JsonValue, comparison: string): string;
  isNumber(value: JsonValue, comparison: string): string;
  isBoolean(value: JsonValue, wanted: boolean): string;
  readonly like: string;
}

/** `first`: the number of its first parameter, where others stand before. */
export function toSql(expression: Expression, dialect: Dialect, first = 1): Sql {
  const writing = new Writing(dialect, first);
  return { sql: writing.write(expression), values: writing.values };
}

class Writing {
  readonly values: Parameter[] = [];
  readonly #dialect: Dialect;
  readonly #first: number;

  constructor(dialect: Dialect, first: number) {
    this.#dialect = dialect;
    this.#first = first;
  }

  write(expression: Expression): string {
    switch (expression.is) {
      case "and":
      case "or": {
        if (expression.of.length === 0) return expression.is === "and" ? "TRUE" : "FALSE";
        const parts = expression.of.map((part) => this.write(part));
        return `(${parts.join(expression.is === "and" ? " AND " : " OR ")})`;
      }
      case "not":
        return `(NOT ${this.write(expression.of)})`;
      case "exists": {
        const { type } = this.#dialect.at(this.#path(expression.field));
        return known(`${type} <> 'null'`);
      }
      case "test":
        return this.#test(expression.field, expression.test);
    }
  }

  #test(field: Field, test: Test): string {
    if (field.holds === "object") return "FALSE";
    const path = this.#path(field);
    const isTrue = (value: JsonValue) => this.#passes(value, field, test);
    if (field.holds === "any" || field.holds === "texts")
      return known(this.#dialect.some(path, field.holds === "texts", isTrue));
    return known(isTrue(this.#dialect.at(path)));
  }

  #passes(value: JsonValue, field: Field, test: Test): string {
    if (test.op === "like") {
      if (field.holds === "number") return "FALSE";
      const pattern = this.#place(this.#dialect.pattern(test.pattern), "text");
      return this.#dialect.isText(value, `${this.#dialect.like} ${pattern}`);
    }
    if (test.op !== "in") {
      if (field.holds !== "number" && field.holds !== "any") return "FALSE";
      return this.#dialect.isNumber(value, `${test.op} ${this.#place(test.number, "number")}`);
    }
    const ways = [
      ...this.#textWays(value, field, test.values),
      ...this.#otherWays(value, field, test.values),
    ];
    return ways.length === 0 ? "FALSE" : `(${ways.join(" OR ")})`;
  }

  #textWays(value: JsonValue, field: Field, wanted: readonly Value[]): readonly string[] {
    if (field.holds === "number") return [];
    const texts = wanted.flatMap((each) => {
      if (each.type === "boolean") return [];
      return [each.type === "number" ? each.written : each.value];
    });
    if (texts.length === 0) return [];
    const places = texts.map((text) => this.#place(text, "text")).join(", ");
    return [this.#dialect.isText(value, `IN (${places})`)];
  }

  #otherWays(value: JsonValue, field: Field, wanted: readonly Value[]): readonly string[] {
    return wanted.flatMap((each) => {
      if (each.type === "number" && (field.holds === "number" || field.holds === "any"))
        return [this.#dialect.isNumber(value, `= ${this.#place(each.value, "number")}`)];
      if (each.type === "boolean" && field.holds === "any")
        return [this.#dialect.isBoolean(value, each.value)];
      return [];
    });
  }

  #path(field: Field): string {
    return this.#place(this.#dialect.path(field.path), "path");
  }

  #place(value: Parameter, type: "text" | "number" | "path"): string {
    this.values.push(value);
    return this.#dialect.place(this.#first + this.values.length - 1, type);
  }
}

/** What a database knows nothing of is false. */
function known(condition: string): string {
  return `COALESCE((${condition}), FALSE)`;
}
