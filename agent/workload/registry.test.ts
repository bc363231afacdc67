import type { WorkloadIdentity } from "@pahlevan/core/behaviour/identity.ts";
import { describe, expect, test } from "vitest";
import { ManualClock } from "./clock.ts";
import { WorkloadRegistry } from "./registry.ts";
import type { RegistryOptions } from "./registry.ts";
import type { ContainerFacts, ContainerQuestion } from "./runtimes/source.ts";

const web = "aa".repeat(32);
const db = "bb".repeat(32);

const facts = (id: string, over: Partial<ContainerFacts> = {}): ContainerFacts => ({
  id,
  name: `name-of-${id.slice(0, 2)}`,
  image: "registry.test/shop/nginx:1",
  runtime: "docker",
  labels: { app: "shop" },
  final: true,
  ...over,
});

/** A registry whose runtimes answer when told. */
function setUp(over: Partial<RegistryOptions> = {}) {
  const clock = new ManualClock();
  const questions: ContainerQuestion[] = [];
  const answers: ((facts: ContainerFacts | undefined) => void)[] = [];
  const metadata = {
    find: (question: ContainerQuestion) => {
      questions.push(question);
      return new Promise<ContainerFacts | undefined>((resolve) => answers.push(resolve));
    },
  };
  const registry = new WorkloadRegistry({
    clock,
    metadata,
    graceMs: 1000,
    askAgainMs: 5000,
    ...over,
  });
  const answer = async (value: ContainerFacts | undefined) => {
    answers.shift()?.(value);
    await clock.advance(0);
  };
  return { clock, registry, questions, answer };
}

describe("a container", () => {
  test("is known by its id at once, and by its name when the runtime has answered", async () => {
    const { registry, questions, answer } = setUp();
    expect(registry.resolve(1n, `/docker/${web}`)).toMatchObject({
      kind: "container",
      namespace: "host",
      workload: "aaaaaaaaaaaa",
      complete: false,
    });
    const settled = registry.settled(1n);
    await answer(facts(web));
    expect(await settled).toMatchObject({ workload: "name-of-aa", complete: true });
    expect(registry.resolve(1n)).toBe(await settled);
    expect(questions).toEqual([{ id: web, level: `/docker/${web}` }]);
  });

  test("is asked for once, whichever of its cgroups come and however often", async () => {
    const { registry, questions, answer } = setUp();
    const all = [
      registry.settled(1n, `/docker/${web}`),
      registry.settled(2n, `/docker/${web}/init`),
      registry.settled(3n, `/docker/${web}/a/b`),
      registry.settled(1n),
    ];
    await answer(facts(web));
    expect(new Set(await Promise.all(all)).size).toBe(1);
    expect(questions).toHaveLength(1);
    expect(registry.levelOf(3n)).toBe(`/docker/${web}`);
    expect(registry.stats()).toMatchObject({ cgroups: 3, instances: 1 });
  });

  test("is what its runtime told by itself, though nobody who was asked knew it", async () => {
    const { registry, answer } = setUp();
    const settled = registry.settled(1n, "/anywhere/box");
    registry.told(1n, "/anywhere/box", facts(web));
    await answer(undefined);
    expect(await settled).toMatchObject({ kind: "container", workload: "name-of-aa" });
    expect(registry.resolve(1n)).toBe(await settled);
  });

  test("told of while it starts is asked for once more, and keeps what was told", async () => {
    const { registry, questions, answer, clock } = setUp();
    const path = `/libpod_parent/libpod-${web}`;
    const early = facts(web, { name: "", labels: { tier: "front" }, final: false });
    const asked = registry.settled(1n, path);
    expect(registry.told(1n, path, early)).toMatchObject({
      labels: { tier: "front" },
      complete: true,
    });
    await answer(undefined);
    expect(await asked).toMatchObject({ labels: { tier: "front" }, complete: true });
    registry.resolve(1n);
    expect(questions).toHaveLength(1);
    // Whether anything happens in it or not.
    await clock.advance(12_000);
    expect(questions).toHaveLength(2);
    await answer(facts(web, { labels: { app: "shop" } }));
    expect(registry.resolve(1n)).toMatchObject({
      workload: "name-of-aa",
      labels: { tier: "front", app: "shop" },
      complete: true,
    });
    await clock.advance(12_000);
    registry.resolve(1n);
    expect(questions).toHaveLength(2);
  });

  test("is found by its runtime's id", async () => {
    const { registry, answer } = setUp();
    registry.resolve(1n, `/docker/${web}`);
    registry.resolve(2n, `/docker/${db}`);
    await answer(facts(web));
    expect(registry.byContainer(web)?.workload).toBe("name-of-aa");
    expect(registry.byContainer("none")).toBeUndefined();
  });

  test("tells its listeners for each of its cgroups, until they stop", async () => {
    const { registry, answer } = setUp();
    const told: [bigint, WorkloadIdentity][] = [];
    const stop = registry.onSettled((...call) => told.push(call));
    registry.resolve(1n, `/docker/${web}`);
    registry.resolve(2n, `/docker/${web}/x`);
    await answer(facts(web));
    expect(told.map(([cgroupId, { workload }]) => [cgroupId, workload])).toEqual([
      [1n, "name-of-aa"],
      [2n, "name-of-aa"],
    ]);
    stop();
    registry.resolve(3n, `/docker/${db}`);
    await answer(facts(db));
    expect(told).toHaveLength(2);
  });

  test("that no runtime knows is not asked for again before its time, and then is", async () => {
    const { registry, questions, answer, clock } = setUp();
    const settled = registry.settled(1n, `/docker/${web}`);
    await answer(undefined);
    expect(await settled).toMatchObject({ workload: "aaaaaaaaaaaa", complete: false });
    expect(registry.stats()).toMatchObject({ incomplete: 1, pending: 0 });
    registry.resolve(1n);
    registry.resolve(2n, `/docker/${web}/new`);
    expect(questions).toHaveLength(1);
    await clock.advance(5000);
    registry.resolve(1n);
    await answer(facts(web));
    expect(registry.resolve(2n)).toMatchObject({ workload: "name-of-aa", complete: true });
    expect(questions).toHaveLength(2);
  });

  test("of a user's own runtime never stands for a system container of that id", async () => {
    const { registry, questions, answer } = setUp();
    registry.resolve(1n, `/docker/${web}`);
    await answer(facts(web));
    const path = `/user.slice/user-7.slice/user@7.service/docker-${web}.scope`;
    expect(registry.resolve(2n, path)).toMatchObject({ workload: "aaaaaaaaaaaa", complete: false });
    expect(questions.at(-1)).toMatchObject({ uid: 7 });
    expect(registry.byContainer(web)?.workload).toBe("name-of-aa");
  });

  test("of a name that a person chose is not confused with one of that name elsewhere", () => {
    const { registry } = setUp();
    registry.resolve(1n, "/default/redis");
    registry.resolve(2n, "/k8s.io/redis");
    expect(registry.stats().instances).toBe(2);
  });
});

describe("a cgroup", () => {
  test("that a runtime claims becomes that container, and so does what lies in it", async () => {
    const { registry, answer } = setUp();
    registry.resolve(2n, "/my/box/inner");
    await answer(facts("box", { name: "box", runtime: "runc", level: "/my/box" }));
    expect(registry.resolve(2n)).toMatchObject({ kind: "container", workload: "box" });
    expect(registry.levelOf(2n)).toBe("/my/box");
    expect(registry.resolve(1n, "/my/box")).toBe(registry.resolve(2n));
    expect(registry.resolve(3n, "/my/box/other/deep")).toBe(registry.resolve(2n));
    expect(registry.resolve(4n, "/my/boxes")).not.toBe(registry.resolve(2n));
    expect(registry.stats()).toMatchObject({ cgroups: 4, instances: 2 });
  });

  test("that nobody claims keeps its path as its name, and is done", async () => {
    const { registry, answer } = setUp();
    registry.resolve(1n, "/batch/nightly");
    await answer(undefined);
    expect(registry.resolve(1n)).toMatchObject({
      kind: "cgroup",
      workload: "/batch/nightly",
      labels: { "pahlevan.io/name": "/batch/nightly" },
      complete: true,
    });
  });

  test("that a slow runtime claims later becomes that container, and is asked for twice at most", async () => {
    const { registry, questions, answer, clock } = setUp();
    const told: string[] = [];
    registry.onSettled((_, { workload }) => told.push(workload));
    for (const [id, path] of [
      [1n, "/my/box"],
      [2n, "/batch/nightly"],
    ] as const) {
      registry.resolve(id, path);
      await answer(undefined);
      registry.resolve(id);
    }
    expect(questions).toHaveLength(2);
    await clock.advance(5000);
    expect(registry.resolve(1n)).toMatchObject({ kind: "cgroup", complete: true });
    await answer(facts("box", { name: "box", runtime: "runc", level: "/my/box" }));
    registry.resolve(2n);
    await answer(undefined);
    await clock.advance(5000);
    registry.resolve(2n);
    expect(registry.resolve(1n)).toMatchObject({ kind: "container", workload: "box" });
    expect(questions).toHaveLength(4);
    expect(told).toEqual(["/my/box", "/batch/nightly", "box", "/batch/nightly"]);
  });

  test("of a unit, of `pahlevan run` and the root need nobody", () => {
    const { registry, questions } = setUp();
    expect(registry.resolve(1n, "/system.slice/nginx.service")).toMatchObject({
      kind: "unit",
      unit: "nginx.service",
      labels: { "pahlevan.io/name": "nginx.service", "pahlevan.io/unit": "nginx.service" },
      complete: true,
    });
    expect(registry.resolve(2n, "/pahlevan/build-3")).toMatchObject({
      kind: "run",
      workload: "build",
    });
    expect(registry.resolve(3n, "/")).toMatchObject({
      kind: "host",
      workload: "host",
      complete: true,
    });
    expect(questions).toEqual([]);
  });

  test("moved, or given an id that was another's, is named anew", () => {
    const { registry } = setUp();
    registry.resolve(1n, "/system.slice/a.service");
    expect(registry.resolve(1n, "/system.slice/b.service").workload).toBe("b.service");
    expect(registry.stats()).toMatchObject({ cgroups: 1, instances: 1 });
  });
});

describe("an id without a path", () => {
  test("is named by its id, then by the path that is found", async () => {
    const paths = new Map<bigint, string>();
    const tree = {
      known: () => undefined,
      learn: () => undefined,
      forget: () => undefined,
      pathOf: (id: bigint) => Promise.resolve(paths.get(id)),
    };
    const { registry, clock } = setUp({ tree });
    expect(registry.resolve(9n)).toMatchObject({
      kind: "cgroup",
      workload: "cgroup:9",
      labels: { "pahlevan.io/name": "cgroup:9" },
      complete: false,
    });
    const settled = registry.settled(9n);
    await clock.advance(100);
    paths.set(9n, "/system.slice/late.service");
    await clock.advance(300);
    expect((await settled).workload).toBe("late.service");
    expect(registry.resolve(9n).workload).toBe("late.service");
  });

  test("that has none is counted, and the wait ends", async () => {
    const { registry, clock } = setUp();
    const settled = registry.settled(9n);
    await clock.advance(1000);
    expect(await settled).toMatchObject({ kind: "cgroup", workload: "cgroup:9", complete: false });
    expect(registry.stats()).toMatchObject({ pathless: 1, pending: 0, cgroups: 1 });
  });

  test("takes the path that an event brings while it is looked for", async () => {
    const { registry } = setUp();
    registry.resolve(9n);
    expect(registry.resolve(9n, "/system.slice/x.service").workload).toBe("x.service");
    expect(registry.stats()).toMatchObject({ cgroups: 1, instances: 1 });
  });
});

describe("what ended", () => {
  test("is known for its grace, then forgotten", async () => {
    const { registry, clock, answer } = setUp();
    registry.resolve(1n, `/docker/${web}`);
    await answer(facts(web));
    registry.ended(1n);
    registry.ended(1n);
    registry.ended(404n);
    await clock.advance(999);
    registry.sweep();
    expect(registry.resolve(1n).workload).toBe("name-of-aa");
    await clock.advance(1);
    registry.sweep();
    expect(registry.stats()).toMatchObject({ cgroups: 0, instances: 0, evicted: 1 });
  });

  test("claims nothing more: a cgroup below its path is asked for anew", async () => {
    const { registry, answer, questions } = setUp();
    registry.resolve(1n, "/my/box");
    await answer(facts("box", { name: "box", level: "/my/box" }));
    registry.ended(1n);
    expect(registry.resolve(2n, "/my/box/inner")).toMatchObject({
      kind: "cgroup",
      complete: false,
    });
    expect(questions.at(-1)).toEqual({ level: "/my/box/inner" });
  });

  test("does not lend its facts to the next container of that name", async () => {
    const { registry, answer, questions } = setUp();
    registry.resolve(1n, "/default/redis");
    await answer(facts("redis", { name: "redis", image: "redis:7" }));
    registry.ended(1n);
    expect(registry.resolve(2n, "/default/redis").container?.image).toBe("");
    await answer(facts("redis", { name: "redis", image: "redis:8" }));
    expect(registry.resolve(2n).container?.image).toBe("redis:8");
    expect(registry.resolve(1n).container?.image).toBe("redis:7");
    expect(questions).toHaveLength(2);
  });
});

describe("a full registry", () => {
  test("never forgets what lives: the next is named by its path, and counted", () => {
    const { registry, questions } = setUp({ limit: 2 });
    registry.resolve(1n, "/system.slice/a.service");
    registry.resolve(2n, "/system.slice/b.service");
    expect(registry.resolve(3n, `/docker/${web}`)).toMatchObject({
      kind: "container",
      complete: false,
    });
    expect(registry.stats()).toMatchObject({ cgroups: 2, overflowed: 1 });
    expect(registry.resolve(1n).workload).toBe("a.service");
    expect(questions).toEqual([]);
  });

  test("makes room by what ended first, before its grace is over", () => {
    const { registry } = setUp({ limit: 2 });
    registry.resolve(1n, "/system.slice/a.service");
    registry.resolve(2n, "/system.slice/b.service");
    registry.ended(2n);
    registry.ended(1n);
    registry.resolve(3n, "/system.slice/c.service");
    expect(registry.stats()).toMatchObject({
      cgroups: 2,
      evictedEarly: 1,
      evicted: 1,
      overflowed: 0,
    });
    expect(registry.resolve(1n).workload).toBe("a.service");
  });
});
