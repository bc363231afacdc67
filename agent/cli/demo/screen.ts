/** What the demo shows: for each step a headline, a sentence, and lines of evidence. */
import { paintFor, type Colour, type Paint } from "../text/colour.ts";
import { safe } from "../text/safe.ts";
import { wrapped } from "../text/wrapped.ts";

export interface Evidence {
  readonly colour: Colour;
  /** "denied", "loop" */
  readonly word: string;
  readonly fact: string;
  /** What else is to be known of it, a line each. */
  readonly more?: readonly string[];
}

const widest = 96;
const narrowest = 50;
const margin = "     ";
const wordColumns = 10;

export class Screen {
  readonly #out: NodeJS.WriteStream;
  readonly #paint: Paint;
  readonly #beganMs = performance.now();
  readonly #columns: number;
  #steps = 0;
  /** There is a line that is to be written over. */
  #isWaiting = false;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
    this.#paint = paintFor(out, process.env);
    this.#columns = Math.max(narrowest, Math.min(out.columns || widest, widest));
  }

  title(title: string, ...says: readonly string[]): void {
    this.#line("");
    this.#line(this.#paint("bold", title));
    for (const text of says) this.#lines(text, "", "dim");
  }

  step(headline: string, says: string): void {
    this.#steps++;
    const at = `${((performance.now() - this.#beganMs) / 1_000).toFixed(0)} s`;
    const room = this.#columns - margin.length - at.length;
    const number = this.#paint("cyan", String(this.#steps).padStart(3));
    this.#line("");
    this.#line(`${number}  ${this.#paint("bold", headline.padEnd(room))}${this.#paint("dim", at)}`);
    this.#lines(says, margin);
  }

  /** "│ denied    tcp/127.77.0.20:9000/out", and below it what else there is. */
  evidence({ colour, word, fact, more = [] }: Evidence): void {
    const bar = `${margin}${this.#paint(colour, "│")} `;
    const room = this.#columns - margin.length - wordColumns - 2;
    const [first = "", ...rest] = broken(fact, room);
    this.#line(`${bar}${this.#paint(colour, word.padEnd(wordColumns))}${first}`);
    const under = " ".repeat(wordColumns);
    for (const line of rest) this.#line(`${bar}${under}${line}`);
    for (const line of more.flatMap((text) => broken(text, room)))
      this.#line(`${bar}${under}${this.#paint("dim", line)}`);
  }

  /** Where it can be written over, until the next line. */
  waiting(text: string): void {
    if (!this.#out.isTTY || process.env["TERM"] === "dumb") return;
    this.#clear();
    if (text === "") return;
    const room = this.#columns - margin.length - 2;
    this.#out.write(`${margin}${this.#paint("dim", `⋯ ${safe(text).slice(0, room)}`)}`);
    this.#isWaiting = true;
  }

  note(...says: readonly string[]): void {
    this.#line("");
    for (const text of says) this.#lines(text, "", "dim");
  }

  #lines(text: string, before: string, colour?: Colour): void {
    for (const line of broken(text, this.#columns - before.length))
      this.#line(`${before}${colour === undefined ? line : this.#paint(colour, line)}`);
  }

  #line(line: string): void {
    this.#clear();
    this.#out.write(`${line.trimEnd()}\n`);
  }

  #clear(): void {
    if (this.#isWaiting) this.#out.write("\r\u001b[K");
    this.#isWaiting = false;
  }
}

function broken(text: string, columns: number): string[] {
  return wrapped(safe(text).split(" "), columns);
}
