import { describe, expect, test } from "vitest";
import { ManualClock } from "./clock.ts";
import { Metadata } from "./metadata.ts";
import { SourceFailure } from "./runtimes/source.ts";
import type { ContainerFacts, MetadataSource } from "./runtimes/source.ts";

const facts = (over: Partial<ContainerFacts> = {}): ContainerFacts => ({
  id: "abc",
  name: "web",
  image: "nginx",
  runtime: "docker",
  labels: {},
  final: true,
  ...over,
});
const question = { id: "abc", level: "/docker/abc" };
const never = () => new Promise<undefined>(() => undefined);
const source = (name: string, find: MetadataSource["find"]): MetadataSource => ({
  name,
  applies: () => true,
  find,
});

/** A source that answers its tries in turn, the last one for ever. */
function inTurn(name: string, ...answers: readonly (ContainerFacts | undefined)[]) {
  let tries = 0;
  const find = () => Promise.resolve(answers[Math.min(tries++, answers.length - 1)]);
  return { ...source(name, find), tries: () => tries };
}

/** Moves the clock until the promise has settled; tells how much time that took on it. */
async function timed<T>(
  clock: ManualClock,
  promise: Promise<T>,
): Promise<{ value: T; tookMs: number }> {
  const start = clock.now();
  const state = { done: false };
  const finished = promise.finally(() => (state.done = true));
  for (let steps = 0; !state.done && steps < 1000; steps++) await clock.advance(25);
  return { value: await finished, tookMs: clock.now() - start };
}

describe("a question", () => {
  test("ends with the first full answer, however slow the others are", async () => {
    const clock = new ManualClock();
    const metadata = new Metadata([source("slow", never), inTurn("quick", facts())], { clock });
    const { value, tookMs } = await timed(clock, metadata.find(question));
    expect(value?.name).toBe("web");
    expect(tookMs).toBeLessThanOrEqual(25);
    expect(metadata.stats()).toMatchObject({
      quick: { answered: 1 },
      slow: { failed: { timeout: 0 } },
    });
  });

  test("is put again to a runtime that does not know the container yet", async () => {
    const clock = new ManualClock();
    const late = inTurn("late", undefined, undefined, facts());
    const metadata = new Metadata([late], { clock });
    const { value, tookMs } = await timed(clock, metadata.find(question));
    expect(value?.name).toBe("web");
    expect(tookMs).toBeLessThan(200);
    expect(metadata.stats()["late"]).toMatchObject({ unknown: 2, answered: 1 });
  });

  test("waits for the full answer after a partial one, and takes the partial one otherwise", async () => {
    const clock = new ManualClock();
    const partial = inTurn("state", facts({ name: "", final: false }));
    const both = new Metadata([partial, inTurn("docker", undefined, facts())], { clock });
    expect((await timed(clock, both.find(question))).value?.name).toBe("web");
    const alone = new Metadata([partial, source("docker", never)], { clock });
    const { value, tookMs } = await timed(clock, alone.find(question));
    expect(value).toMatchObject({ name: "", final: false });
    expect(tookMs).toBe(2000);
  });

  test("of two partial answers takes the one of the source that ranks first", async () => {
    const clock = new ManualClock();
    const first = inTurn("first", undefined, facts({ name: "first", final: false }));
    const second = inTurn("second", facts({ name: "second", final: false }));
    const found = await timed(clock, new Metadata([first, second], { clock }).find(question));
    expect(found.value?.name).toBe("first");
  });

  test("ends at once when nobody is there to answer, with each reason counted", async () => {
    const clock = new ManualClock();
    const metadata = new Metadata(
      [
        source("none", () => Promise.reject(new SourceFailure("absent", "no socket"))),
        source("odd", () => Promise.reject(new Error("not JSON"))),
      ],
      { clock },
    );
    const { value, tookMs } = await timed(clock, metadata.find(question));
    expect(value).toBeUndefined();
    expect(tookMs).toBeLessThanOrEqual(25);
    expect(metadata.stats()).toMatchObject({
      none: { failed: { absent: 1 } },
      odd: { failed: { protocol: 1 } },
    });
  });

  test("never takes longer than the bound, a full line before it included", async () => {
    const clock = new ManualClock();
    const metadata = new Metadata([source("hung", never)], { clock, boundMs: 500, concurrency: 2 });
    const all = Promise.all([1, 2, 3, 4, 5].map(() => metadata.find(question)));
    expect((await timed(clock, all)).tookMs).toBe(500);
  });

  test("is handed to at most so many at once, and the line moves on", async () => {
    const clock = new ManualClock();
    let now = 0;
    let most = 0;
    const find = async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now--;
      return facts();
    };
    const metadata = new Metadata([source("docker", find)], { clock, concurrency: 3 });
    const all = Promise.all(Array.from({ length: 20 }, () => metadata.find(question)));
    expect((await timed(clock, all)).value.every((answer) => answer?.name === "web")).toBe(true);
    expect(most).toBe(3);
  });
});

describe("a source that is crowded", () => {
  test("by containers that nobody knows still has room for the next one", async () => {
    const clock = new ManualClock();
    const find = ({ id }: { id?: string }) => Promise.resolve(id === "known" ? facts() : undefined);
    const metadata = new Metadata([source("docker", find)], { clock, concurrency: 2 });
    for (let n = 0; n < 50; n++) void metadata.find({ id: `orphan-${n}`, level: "/x" });
    const { value, tookMs } = await timed(clock, metadata.find({ id: "known", level: "/x" }));
    expect(value?.name).toBe("web");
    expect(tookMs).toBeLessThanOrEqual(25);
  });

  test("by hung calls says how many never got to it", async () => {
    const clock = new ManualClock();
    const metadata = new Metadata([source("hung", never)], { clock, concurrency: 2 });
    const early = [metadata.find(question), metadata.find(question)];
    await clock.advance(500);
    await timed(clock, Promise.all([...early, metadata.find(question)]));
    expect(metadata.stats()["hung"]).toMatchObject({ rested: 1, failed: { timeout: 2 } });
  });

  test("until the bound counts who stood in line for nothing", async () => {
    const clock = new ManualClock();
    let calls = 0;
    const metadata = new Metadata([source("slow", () => (calls++, never()))], {
      clock,
      concurrency: 1,
    });
    const first = metadata.find(question);
    const second = metadata.find(question);
    await timed(clock, Promise.all([first, second]));
    const { rested = 0, crowded = 0 } = metadata.stats()["slow"] ?? {};
    expect([rested + crowded, calls]).toEqual([1, 1]);
  });
});

describe("a source that cannot know", () => {
  test("is not asked, and holds nobody", async () => {
    const clock = new ManualClock();
    const other = { ...inTurn("docker", undefined), applies: () => false };
    const { value, tookMs } = await timed(clock, new Metadata([other], { clock }).find(question));
    expect([value, tookMs <= 25, other.tries()]).toEqual([undefined, true, 0]);
  });
});

describe("a source that hung", () => {
  test("is left alone for its rest, then asked again", async () => {
    const clock = new ManualClock();
    let tries = 0;
    const find = () => (tries++ === 0 ? never() : Promise.resolve(facts()));
    const metadata = new Metadata([source("docker", find)], { clock, boundMs: 1000, restMs: 5000 });
    expect((await timed(clock, metadata.find(question))).value).toBeUndefined();
    const { value, tookMs } = await timed(clock, metadata.find(question));
    expect([value, tookMs <= 25, tries]).toEqual([undefined, true, 1]);
    await clock.advance(5000);
    expect((await timed(clock, metadata.find(question))).value?.name).toBe("web");
    expect(metadata.stats()["docker"]).toMatchObject({
      rested: 1,
      answered: 1,
      failed: { timeout: 1 },
    });
  });

  test("is one that owes an answer at the bound, not one that merely knows nothing", async () => {
    const clock = new ManualClock();
    const ignorant = inTurn("docker", undefined);
    const metadata = new Metadata([ignorant], { clock });
    const { value, tookMs } = await timed(clock, metadata.find(question));
    expect(value).toBeUndefined();
    expect(tookMs).toBeLessThanOrEqual(2000);
    expect(metadata.stats()["docker"]).toMatchObject({ failed: { timeout: 0 } });
    expect(ignorant.tries()).toBeGreaterThan(4);
  });
});
