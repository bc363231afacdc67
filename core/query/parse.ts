/**
 * The language of `--where`: comparisons of a record's fields, joined by and, or, not.
 *
 *   facet = exec and object ~ "/usr/bin/*" and action in (deny, kill) and process.uid != 0
 */
import type { Expression, Field, Test, Value } from "./expression.ts";
import { fieldNamed, neverIs, within } from "./fields.ts";
import { problem, wordsOf, type Placed, type Problem } from "./words.ts";

export type Parsed = { readonly expression: Expression } | { readonly problem: Problem };

/** Each comparison costs on each record; and the deepest is a stack of calls. */
const mostComparisons = 200;
const deepest = 32;
const mostListed = 500;

export function parseQuery(text: string): Parsed {
  const read = wordsOf(text);
  if ("problem" in read) return read;
  const reading = new Reading(read.words);
  try {
    return { expression: reading.whole() };
  } catch (error) {
    if (error instanceof Refusal) return { problem: error.problem };
    throw error;
  }
}

class Refusal extends Error {
  readonly problem: Problem;

  constructor(refused: Problem) {
    super(refused.says);
    this.problem = refused;
  }
}

class Reading {
  readonly #words: readonly Placed[];
  #at = 0;
  #comparisons = 0;

  constructor(words: readonly Placed[]) {
    this.#words = words;
  }

  whole(): Expression {
    const expression = this.#some("or", 0);
    if (this.#next.kind !== "end") this.#refuse("here stands 'and', 'or', or nothing");
    return expression;
  }

  #some(joined: "or" | "and", depth: number): Expression {
    const part = () => (joined === "or" ? this.#some("and", depth) : this.#one(depth));
    const parts = [part()];
    while (this.#takes(joined)) parts.push(part());
    const [only] = parts;
    return parts.length === 1 && only ? only : { is: joined, of: parts };
  }

  #one(depth: number): Expression {
    if (depth > deepest) this.#refuse("this is too deep");
    if (this.#takes("not")) return { is: "not", of: this.#one(depth + 1) };
    if (this.#takesSign("(")) {
      const inner = this.#some("or", depth + 1);
      if (!this.#takesSign(")")) this.#refuse("here stands 'and', 'or' or ')'");
      return inner;
    }
    if (++this.#comparisons > mostComparisons)
      this.#refuse(`these are more than ${mostComparisons} comparisons`);
    if (this.#takes("exists")) return { is: "exists", field: this.#field() };
    return this.#comparison();
  }

  #comparison(): Expression {
    const place = this.#next;
    const field = this.#field();
    const name = field.path.join(".");
    if (field.holds === "object")
      this.#refuse(`${name} has parts and no value: ${within(name)}`, place);
    const isNot = this.#takes("not");
    const operator = this.#next;
    if (this.#takes("in")) {
      const list: Expression = { is: "test", field, test: this.#list(field) };
      return isNot ? { is: "not", of: list } : list;
    }
    if (isNot) this.#refuse("after 'not' stands 'in' here", operator);
    if (operator.kind !== "sign" || "(),".includes(operator.text))
      this.#refuse(`after a field stands =, !=, ~, !~, <, <=, >, >= or 'in'`);
    this.#at++;
    const test = this.#test(field, operator);
    const compared: Expression = { is: "test", field, test };
    return operator.text.startsWith("!") ? { is: "not", of: compared } : compared;
  }

  #test(field: Field, operator: Placed): Test {
    const place = this.#next;
    const name = field.path.join(".");
    switch (operator.text) {
      case "<":
      case "<=":
      case ">":
      case ">=": {
        if (field.holds !== "number" && field.holds !== "any") {
          const hint = name === "time" ? "; --since and --until are for times" : "";
          this.#refuse(`${name} is a text, and only numbers have an order${hint}`, operator);
        }
        const value = this.#value({ path: field.path, holds: "number" });
        if (value.type !== "number") this.#refuse("here stands a number", place);
        return { op: operator.text, number: value.value };
      }
      case "~":
      case "!~": {
        if (field.holds === "number")
          this.#refuse(`${name} is a number; ~ is for texts: write =`, operator);
        if (place.kind !== "text" && place.kind !== "word")
          this.#refuse('here stands a pattern such as "/usr/bin/*"');
        this.#at++;
        return { op: "like", pattern: place.text };
      }
      default:
        return { op: "in", values: [this.#value(field)] };
    }
  }

  #list(field: Field): Test {
    if (!this.#takesSign("(")) this.#refuse("after 'in' stands a list: (deny, kill)");
    const values = [this.#value(field)];
    while (this.#takesSign(",")) {
      values.push(this.#value(field));
      if (values.length > mostListed) this.#refuse(`a list has at most ${mostListed} values`);
    }
    if (!this.#takesSign(")")) this.#refuse("here stands ',' or ')'");
    return { op: "in", values };
  }

  #value(field: Field): Value {
    const place = this.#next;
    const { kind, text } = place;
    if (kind !== "text" && kind !== "word") this.#refuse("here stands a value");
    const name = field.path.join(".");
    const isNumber = kind === "word" && /^-?\d{1,30}(\.\d{1,30})?$/.test(text);
    this.#at++;
    if (field.holds === "number") {
      if (isNumber) return { type: "number", value: Number(text), written: text };
      this.#refuse(`${name} is a number`, place);
    }
    if (field.holds === "any") {
      if (isNumber) return { type: "number", value: Number(text), written: text };
      if (kind === "word" && (text === "true" || text === "false"))
        return { type: "boolean", value: text === "true" };
    }
    const never = neverIs(field, text);
    if (never !== undefined) this.#refuse(never, place);
    return { type: "text", value: text };
  }

  #field(): Field {
    const place = this.#next;
    if (place.kind !== "word") this.#refuse("here stands a field, such as object or process.exe");
    const named = fieldNamed(place.path);
    if ("problem" in named) this.#refuse(named.problem, place);
    for (const part of named.field.path)
      if (part === "" || /^-?\d+$/.test(part)) this.#refuse("no field has such a name", place);
    this.#at++;
    return named.field;
  }

  get #next(): Placed {
    const word = this.#words[this.#at];
    if (word === undefined) throw new Error("a question's words have no end");
    return word;
  }

  #takes(keyword: string): boolean {
    const { kind, text } = this.#next;
    const does = kind === "word" && text.toLowerCase() === keyword;
    if (does) this.#at++;
    return does;
  }

  #takesSign(sign: string): boolean {
    const { kind, text } = this.#next;
    const does = kind === "sign" && text === sign;
    if (does) this.#at++;
    return does;
  }

  #refuse(says: string, { at, length }: Placed = this.#next): never {
    throw new Refusal(problem(says, at, length).problem);
  }
}
