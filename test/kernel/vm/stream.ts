/** What comes out of the VM on one stream: lines as they arrive, and the exit code at the end. */
import { StringDecoder } from "node:string_decoder";

const LIMIT_CHARACTERS = 64 << 20;

export class GuestStream {
  text = "";
  exitCode: number | undefined;
  readonly #end: string;
  readonly #onLine: (line: string) => void;
  readonly #decoder = new StringDecoder("utf8");
  #lineStart = 0;

  /** `end` is the word that the guest writes before the exit code; no output can know it. */
  constructor(end: string, onLine: (line: string) => void) {
    this.#end = end;
    this.#onLine = onLine;
  }

  push(chunk: Buffer): void {
    if (this.exitCode !== undefined) return; // what a stray child writes after the command's end
    this.text += this.#decoder.write(chunk);
    if (this.text.length > LIMIT_CHARACTERS) {
      throw new Error(`the command wrote more than ${LIMIT_CHARACTERS >> 20} MB; use a share`);
    }
    for (;;) {
      const lineEnd = this.text.indexOf("\n", this.#lineStart);
      if (lineEnd < 0) return;
      const line = this.text.slice(this.#lineStart, lineEnd);
      const end = line.indexOf(this.#end);
      if (end >= 0) return this.#finish(line, end);
      this.#onLine(line);
      this.#lineStart = lineEnd + 1;
    }
  }

  #finish(line: string, end: number): void {
    this.exitCode = Number(line.slice(end + this.#end.length));
    this.text = this.text.slice(0, this.#lineStart + end);
    if (end > 0) this.#onLine(line.slice(0, end));
  }
}
