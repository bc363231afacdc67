/**
 * Asks every runtime about a container until one knows, all have given up, or the bound is reached.
 */
import type { Clock } from "./clock.ts";
import { aborted, AskedSource } from "./runtimes/asked-source.ts";
import type { Ending, SourceStats } from "./runtimes/asked-source.ts";
import type { ContainerFacts, ContainerQuestion, MetadataSource } from "./runtimes/source.ts";

export interface MetadataOptions {
  readonly clock: Clock;
  /** The longest that one question may take, all retries included. */
  readonly boundMs?: number;
  /** A source that hung is left alone for so long. */
  readonly restMs?: number;
  /** Most calls to one source at once; the rest stand in line, within their bound. */
  readonly concurrency?: number;
}

export class Metadata {
  readonly #sources: readonly AskedSource[];
  readonly #clock: Clock;
  readonly #boundMs: number;

  /** The order of the sources is their rank: of two partial answers the earlier source's counts. */
  constructor(sources: readonly MetadataSource[], options: MetadataOptions) {
    const { clock, boundMs = 2000, restMs = 10_000, concurrency = 16 } = options;
    this.#clock = clock;
    this.#boundMs = boundMs;
    this.#sources = sources.map(
      (source) => new AskedSource(source, { clock, restMs, concurrency }),
    );
  }

  /** The best that was learned, or undefined. Never rejects, never takes longer than the bound. */
  async find(question: ContainerQuestion): Promise<ContainerFacts | undefined> {
    const answers = new Map<AskedSource, ContainerFacts>();
    const ending = new AbortController();
    const end = (why: Ending) => ending.abort(why);
    const cancelBound = this.#clock.schedule(this.#boundMs, () => end("bound"));

    const asking = this.#sources
      .filter(({ source }) => source.applies(question))
      .map(async (asked) => {
        const facts = await asked.ask(question, ending.signal);
        if (facts === undefined) return;
        answers.set(asked, facts);
        if (facts.final) end("known");
      });
    await Promise.race([Promise.all(asking), aborted(ending.signal)]);
    cancelBound();

    const byRank = this.#sources.flatMap((asked) => answers.get(asked) ?? []);
    return byRank.find(({ final }) => final) ?? byRank[0];
  }

  /** By the source's name. */
  stats(): Readonly<Record<string, SourceStats>> {
    return Object.fromEntries(
      this.#sources.map(({ source, stats }) => [source.name, structuredClone(stats)]),
    );
  }
}
