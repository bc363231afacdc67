/** What the demo shows: for each step a headline, a sentence, and lines of evidence. */
import { paintFor, plain, type Colour, type Paint } from "../text/colour.ts";
import { safe } from "../text/safe.ts";
import { wrapped } from "../text/wrapped.ts";

const widest = 96;
const narrowest = 50;
const margin = "     ";

export class Screen {
  readonly #out: NodeJS.WriteStream;
  readonly #paint: Paint;
  readonly #beganMs = performance.now();
  readonly #columns: number;
  #steps = 0;
  /** What waits at the moment, on a line that is written over. */
  #pending = "";

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
    this.#paint = paintFor(out, process.env);
    this.#columns = Math.max(narrowest, Math.min(out.columns ?? widest, widest));
  }

  title(title: string, says: string): void {
    this.#line("");
    this.#line(`${this.#paint("bold", title)}`);
    this.#lines(says, "", "dim");
  }

  step(headline: string): void {
    this.#steps++;
    const at = `${((performance.now() - this.#beganMs) / 1_000).toFixed(0)} s`;
    const room = this.#columns - margin.length - at.length;
    const number = this.#paint("cyan", String(this.#steps).padStart(3));
    this.#line("");
    this.#line(`${number}  ${this.#paint("bold", headline.padEnd(room))}${this.#paint("dim", at)}`);
  }

  says(sentence: string): void {
    this.#lines(sentence, margin);
  }

  /** "│ denied  connect to 127.77.0.20:9000", and what else is to be known of it below. */
  evidence(colour: Colour, word: string, fact: string, ...more: readonly string[]): void {
    const head = `${margin}${this.#paint(colour, "│")} `;
    const under = " ".repeat(wordColumns);
    const room = this.#columns - margin.length - wordColumns - 2;
    const [first = "", ...rest] = broken(fact, room);
    this.#line(`${head}${this.#paint(colour, word.padEnd(wordColumns))}${first}`);
    for (const line of rest) this.#line(`${head}${under}${line}`);
    for (const line of more.flatMap((text) => broken(text, room)))
      this.#line(`${head}${under}${this.#paint("dim", line)}`);
  }

  /** Shown where it can be written over, until the next line. */
  waiting(text: string): void {
    if (!this.#out.isTTY || this.#paint === plain) return;
    const room = this.#columns - margin.length - 2;
    this.#clear();
    this.#pending = text;
    if (text !== "")
      this.#out.write(`${margin}${this.#paint("dim", `⋯ ${safe(text).slice(0, room)}`)}`);
  }

  note(text: string): void {
    this.#line("");
    this.#lines(text, "", "dim");
  }

  plain(line: string): void {
    this.#line(line);
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
    if (this.#pending !== "") this.#out.write("\r\u001b[K");
    this.#pending = "";
  }
}

const wordColumns = 11;

function broken(text: string, columns: number): string[] {
  return wrapped(safe(text).split(" "), columns);
}
