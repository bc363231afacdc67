/** An operator over HTTP: the real listener, door, store and loops; only the kernel is made up. */
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { identityLabels } from "@pahlevan/core/behaviour/identity.ts";
import { usualSettings } from "@pahlevan/core/loop/settings.ts";
import { signalKinds } from "@pahlevan/core/loop/signal.ts";
import { normalise } from "@pahlevan/core/policy/normalise.ts";
import { parsePolicy } from "@pahlevan/core/policy/parse.ts";
import { apiVersion, kind } from "@pahlevan/core/policy/schema/policy.ts";
import { Receiver } from "@pahlevan/signals/receiver.ts";
import { Secrets } from "@pahlevan/signals/secrets.ts";
import { loopOf } from "../cli/loop/told.ts";
import { HostPolicies } from "../enforce/host-policies.ts";
import { HttpServer } from "../sense/http.ts";
import { Store } from "../store/store.ts";
import { HostLoop } from "./host-loop.ts";
import { LoopPages } from "./loop-pages.ts";

const folder = mkdtempSync(join(tmpdir(), "pahlevan-loop-pages-"));
afterAll(() => rmSync(folder, { recursive: true }));

const alice = "the-secret-of-alice";
const long = "x".repeat(65 << 10);
const bob = "the-secret-of-bob-too";
const vera = "the-secret-of-vera";
const alertmanager = "alertmanager-secret-1";

interface Asked {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What `pahlevan loop` and the pages have in common. */
interface Line {
  readonly by: string;
  readonly says: string;
}

function policy(name: string, namespace: string) {
  const metadata = { name, namespace };
  const spec = {
    selector: { matchLabels: { [identityLabels.name]: `${namespace}-web` } },
    learning: { enabled: namespace === "host", duration: "1s" },
    enforcement: { mode: "enforce", blockUnknown: true },
  };
  const facts = { syscalls: new Set<string>(), capabilities: new Set<string>(), nowMs: 0 };
  const read = parsePolicy({ apiVersion, kind, metadata, spec }, facts);
  if (read.policy === undefined) throw new Error(JSON.stringify(read.problems));
  return normalise(read.policy);
}

const curl = spawnSync("curl", ["--version"]).status === 0;
const namespaces = ["host", "shop"];
const asBegun = ["host Learning", "shop Enforcing"];

/** Two workloads, each held to a policy called web, in a namespace of its own. */
async function start(operators = `alice ${alice}\nbob ${bob}\n`, viewers = "") {
  const stateDirectory = mkdtempSync(join(folder, "state-"));
  const directory = mkdtempSync(join(folder, "secrets-"));
  writeFileSync(join(directory, "alertmanager"), alertmanager);
  if (operators !== "") writeFileSync(join(directory, "operator"), operators);
  if (viewers !== "") writeFileSync(join(directory, "viewer"), viewers);
  const store = Store.open({ stateDirectory, decisionsKept: 1 });
  const nowMs = Date.now;
  const log = { info: () => undefined, warn: () => undefined };
  const heartbeat = { isExpected: false, patienceMs: 1_000 };
  const loop = new HostLoop({
    telling: { tell: () => undefined },
    store,
    heartbeat,
    log,
    nowMs,
  });
  const rows = new Map<number, number>();
  let next = 1;
  const kernel = { isFull: false };
  const install = () => {
    if (kernel.isFull) throw new Error("the kernel has no room");
    return { row: next++, shortfalls: [] };
  };
  const policies = new HostPolicies({
    kernel: {
      install,
      replace: install,
      remove: () => undefined,
      hold: ({ slot }, row) => Boolean(rows.set(slot, row)),
      release: ({ slot }) => rows.delete(slot),
      rowOf: (slot) => rows.get(slot),
      isSteady: () => true,
      bindPath: () => undefined,
      releasePath: () => undefined,
      boundPaths: () => new Map(),
      decided: () => [],
      untold: () => 0,
      packetsCut: () => 0,
      failureOf: () => undefined,
    },
    cutOff: {
      keep: () => undefined,
      ended: () => undefined,
      isCut: () => false,
      whyNot: () => undefined,
    },
    policies: namespaces.map((namespace) => policy("web", namespace)),
    mostWorkloads: 8,
    existing: () => [],
    living: () => namespaces.map((_, slot) => ({ slot, generation: 1, cgroupId: 1n })),
    identityOf: ({ slot }) => {
      const namespace = namespaces[slot] ?? "";
      const workload = `${namespace}-web`;
      const labels = { [identityLabels.name]: workload };
      return { kind: "container", namespace, workload, labels, complete: true };
    },
    pathsOf: () => [],
    identityAt: () => ({
      kind: "container",
      namespace: "",
      workload: "",
      labels: {},
      complete: true,
    }),
    profiles: store.profiles,
    states: store.policies,
    loops: { all: () => loop.loops(), save: (changed, gone) => loop.saveLoops(changed, gone) },
    firing: () => loop.firing(),
    settings: usualSettings,
    heartbeat: (now) => loop.heartbeat(now),
    ...{ node: "n1", cluster: "", blind: () => new Set(), nowMs, bootedMs: 0, reviewMs: 0 },
    converged: () => undefined,
    perform: (workload, effect) => loop.perform(workload, effect),
    complain: () => undefined,
  });
  loop.begin(policies);
  policies.holdAll();
  const told = () => loopOf({ policies: { held: policies.status() } });
  const complain = () => undefined;
  const secrets = new Secrets({ directory }, 0);
  const receiver = new Receiver({ inbox: store.signals, secrets, nowMs, complain });
  const pages = new LoopPages({
    ...{ door: receiver.door, counts: receiver.counts, loops: told, complain },
    move: ({ kind: lever, target, by, reason, all }) =>
      loop.operate(lever, target, by, { reason, all }),
  });
  const http = new HttpServer(
    {
      metrics: () => Promise.reject(new Error("not asked")),
      healthy: () => ({ ok: true, reasons: [] }),
      ready: () => ({ ok: true, reasons: [] }),
    },
    { others: () => [receiver, pages] },
  );
  const port = await http.listen("127.0.0.1", 0);
  const ask = async (path: string, { headers, ...init }: Asked = {}) => {
    const answer = await fetch(`http://127.0.0.1:${port}/v1/loop${path}`, {
      ...init,
      headers: { authorization: `Bearer ${alice}`, ...headers },
    });
    const body: unknown = await answer.json();
    return { status: answer.status, body, allow: answer.headers.get("allow") };
  };
  return {
    ...{ ask, told, store, receiver, kernel, url: `http://127.0.0.1:${port}/v1/loop` },
    post: (
      path: string,
      body: unknown = { reason: "a test" },
      headers: Readonly<Record<string, string>> = {},
    ) =>
      ask(path, {
        method: "POST",
        body: typeof body === "string" ? body : JSON.stringify(body),
        headers: { "content-type": "application/json", ...headers },
      }),
    phases: () => told().map(({ namespace, phase }) => `${namespace} ${phase}`),
    lastOf: (namespace: string): Line | undefined =>
      told()
        .find((each) => each.namespace === namespace)
        ?.transitions.at(-1)?.cause,
    async [Symbol.asyncDispose]() {
      await http.close();
      store.close();
    },
  };
}

const error = (pattern: RegExp): unknown => ({ error: expect.stringMatching(pattern) as unknown });
const told = (namespace: string, outcome: string): unknown => ({
  ...{ policy: "web", outcome, says: expect.stringMatching(/./) as unknown },
  workload: namespace === "host" ? "host-web" : `${namespace}/${namespace}-web`,
});

describe("an operator", () => {
  it("sees what `pahlevan loop status` shows, all of it or one policy's", async () => {
    await using it = await start();
    expect(await it.ask("")).toEqual({ status: 200, body: it.told(), allow: null });
    expect(it.phases()).toEqual(asBegun);
    const names = async (path: string) => {
      const { body } = await it.ask(path);
      return loopOf({ policies: { held: body } }).map(({ namespace }) => namespace);
    };
    expect(await names("/web")).toEqual(["host"]);
    expect(await names("/web?namespace=shop")).toEqual(["shop"]);
    expect(await names("?namespace=shop")).toEqual(["shop"]);
    expect(await names("?namespace=other")).toEqual([]);
  });

  it("pulls each lever, and hears and leaves behind what the command would", async () => {
    await using it = await start();
    const steps = [
      ["host", "suspend", 200, "Suspended"],
      ["host", "resume", 200, "Learning"],
      ["host", "quarantine", 200, "Quarantine"],
      ["host", "resume", 200, "Learning"],
      ["host", "emergency", 200, "Emergency"],
      ["host", "resume", 200, "Learning"],
      ["host", "relearn", 200, "Learning"],
      ["shop", "rollback", 200, "RolledBack"],
      ["shop", "promote", 200, "Enforcing"],
      // Nothing follows from it there, and that is no success.
      ["shop", "advance", 409, "Enforcing"],
    ] as const;
    for (const [namespace, lever, expected, phase] of steps) {
      const reason = `why ${lever}`;
      const { status, body } = await it.post(`/web:${lever}?namespace=${namespace}`, { reason });
      expect([lever, status]).toEqual([lever, expected]);
      expect(body).toEqual([told(namespace, status === 200 ? "accepted" : "ignored")]);
      expect(it.phases()).toContain(`${namespace} ${phase}`);
      if (status !== 200) continue;
      expect(it.lastOf(namespace)).toMatchObject({ source: "operator", by: "alice", says: reason });
    }
    expect(new Set(steps.map(([, lever]) => lever))).toEqual(new Set(signalKinds));
  });

  it("brings every loop into an emergency by one act, and back, and nobody else anywhere", async () => {
    await using it = await start();
    await it.post("/web:quarantine?namespace=shop");
    const into = await it.post(":emergency", { reason: "the cluster burns" });
    expect(into).toMatchObject({ status: 200 });
    expect(into.body).toEqual([told("host", "accepted"), told("shop", "accepted")]);
    expect(it.phases()).toEqual(["host Emergency", "shop Emergency"]);
    const stored = it.store.signals
      .changedSince(0)
      .filter(({ signal }) => signal.kind === "emergency");
    expect(stored).toHaveLength(1);
    for (const namespace of ["host", "shop"])
      expect(it.lastOf(namespace)).toMatchObject({ by: "alice", says: "the cluster burns" });
    expect(await it.post(":resume?namespace=shop")).toMatchObject({
      status: 200,
      body: [told("shop", "accepted")],
    });
    expect(it.phases()).toEqual(["host Emergency", "shop Quarantine"]);
    // Who is in quarantine alone is not meant.
    expect(await it.post(":resume")).toMatchObject({
      status: 200,
      body: [told("host", "accepted")],
    });
    expect(it.phases()).toEqual(["host Learning", "shop Quarantine"]);
    expect(await it.post(":resume")).toMatchObject({ status: 409, body: [] });
  });

  it("hears which loop refuses, where all are meant", async () => {
    await using it = await start();
    await it.post(":emergency");
    await it.post("/web:suspend?namespace=shop");
    const { status, body } = await it.post(":resume");
    expect(status).toBe(409);
    expect(body).toMatchObject([
      told("host", "accepted"),
      { outcome: "refused", says: expect.stringMatching(/^Suspended ends by/) as unknown },
    ]);
  });

  it("hears it where the kernel takes no tables", async () => {
    await using it = await start();
    it.kernel.isFull = true;
    const { status, body } = await it.post(":emergency");
    expect([status, it.phases()]).toEqual([409, asBegun]);
    expect(body).toEqual([told("host", "refused"), told("shop", "refused")]);
  });

  it.skipIf(!curl)("can use docs/http.md's curl (needs curl)", async () => {
    await using it = await start();
    const page = readFileSync(new URL("../../docs/http.md", import.meta.url), "utf8");
    const [, script = ""] = /```sh\n(curl [^`]+)```/.exec(page) ?? [];
    const own = script
      .replace("https://node1:9464/v1/loop", it.url)
      .replace("/checkout:", "/web:")
      .replace("$(cat ~/.pahlevan-secret)", alice);
    const { promise, resolve } = Promise.withResolvers<string>();
    execFile("sh", ["-c", own], (_, said, complained) => resolve(said + complained));
    expect(await promise).toContain('"outcome":"accepted"');
    expect(it.phases()).toEqual(["host Learning", "shop RolledBack"]);
    expect(it.lastOf("shop")?.says).toBe("the new version fails in the shop");
  });

  it("rolls all back where that is asked for, and one workload where that is named", async () => {
    await using it = await start();
    const body = { reason: "x", all: true, workload: "shop-web" };
    expect((await it.post("/web:rollback?namespace=shop", body)).status).toBe(200);
    expect(it.phases()).toEqual(["host Learning", "shop RolledBack"]);
    const stored = it.store.signals.changedSince(0).map(({ signal }) => signal);
    const target = { namespace: "shop", policy: "web", workload: "shop-web" };
    expect(stored).toMatchObject([{ kind: "rollback", all: true, target, by: "alice" }]);
  });

  it("is named by the secret that was sent, by either scheme", async () => {
    await using it = await start();
    const basic = `Basic ${Buffer.from(`bob:${bob}`).toString("base64")}`;
    const path = "/web:suspend?namespace=shop";
    expect((await it.post(path, undefined, { authorization: basic })).status).toBe(200);
    expect(it.lastOf("shop")).toMatchObject({ by: "bob", says: "a test" });
    expect(it.phases()).toEqual(["host Learning", "shop Suspended"]);
  });

  it.each<[string, unknown, number, RegExp]>([
    ["/web:suspend?namespace=other", {}, 404, /no policy web.* other; one is in host/],
    ["/wep:suspend", {}, 404, /no policy wep.* host; did you mean web/],
    ["/web:suspent", {}, 404, /no lever.*did you mean suspend/],
    ["/web", {}, 404, /POST \/v1\/loop\/\{policy\}:\{lever\}/],
    ["/web:suspend?namspace=shop", {}, 400, /the parameter namespace only/],
    ["/%ff:suspend", {}, 404, /there are/],
    ["/web:suspend", {}, 400, /reason/],
    ["/web:suspend", { reason: " " }, 400, /reason: why, for whoever/],
    ["/web:suspend", { reason: "x", al: true }, 400, /"al"/],
    ["/web:suspend", { reason: "x", all: true }, 400, /all: it is for a rollback only/],
    ["/web:suspend", { reason: "x", workload: "host-wep" }, 404, /did you mean host-web/],
    [":suspend", {}, 404, /POST \/v1\/loop:emergency/],
    [":emergency", {}, 400, /reason/],
    [":emergency", { reason: "x", workload: "host-web" }, 400, /it is for all of them/],
    ["/web:suspend", "{", 400, /no JSON/],
    ["/web:suspend", { reason: long }, 413, /65536 bytes/],
  ])("who asks for %s in vain moves nothing (%#)", async (path, body, status, why) => {
    await using it = await start();
    const answer = await it.post(path, body);
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual(error(why));
    expect(it.phases()).toEqual(asBegun);
  });

  it("has to send JSON, and by POST", async () => {
    await using it = await start();
    const plain = await it.post("/web:suspend", undefined, { "content-type": "text/plain" });
    expect(plain.status).toBe(415);
    const put = await it.ask("/web:suspend", { method: "PUT", body: "{}" });
    expect([put.status, put.allow]).toEqual([405, "GET, POST"]);
    expect(it.phases()).toEqual(asBegun);
  });
});

it("whatever is asked is answered as documented, and moves nothing", async () => {
  await using it = await start();
  const name = fc.oneof(fc.constantFrom("web", "shop-web", "..", "%2e%2e", "a:b"), fc.string());
  const path = fc
    .tuple(name, fc.oneof(fc.constantFrom(...signalKinds), fc.string()), fc.string())
    .map(([policy, lever, query]) => {
      const [first, second, third] = [policy, lever, query].map(encodeURIComponent);
      return `/${first}:${second}?${third}`;
    });
  const body = fc.oneof(
    // No reason: then none of them is right by chance.
    fc.record({ reason: fc.constantFrom("", " ", null, 5), workload: name, all: fc.boolean() }),
    fc.jsonValue(),
    fc.string({ unit: "binary" }),
  );
  await fc.assert(
    fc.asyncProperty(path, body, async (where, sent) => {
      const { status } = await it.post(where, typeof sent === "string" ? sent : (sent ?? {}));
      expect([400, 404, 413, 429]).toContain(status);
    }),
    { numRuns: 100 },
  );
  expect(it.phases()).toEqual(asBegun);
  expect(it.store.signals.changedSince(0)).toEqual([]);
});

describe("a viewer", () => {
  const authorization = `Bearer ${vera}`;

  it.each(["", `alice ${alice}`])("sees all, and moves nothing (operators: '%s')", async (file) => {
    await using it = await start(file, `vera ${vera}`);
    expect((await it.ask("", { headers: { authorization } })).body).toEqual(it.told());
    expect((await it.ask("/web", { headers: { authorization } })).status).toBe(200);
    for (const kind of signalKinds) {
      const { status } = await it.post(`/web:${kind}`, undefined, { authorization });
      expect(status).toBe(file === "" ? 403 : 401);
    }
    expect(it.phases()).toEqual(asBegun);
    expect(it.store.signals.changedSince(0)).toEqual([]);
    expect(it.receiver.counts.requests()).toContainEqual({
      source: "viewer",
      code: "200",
      count: 2,
    });
  });

  it("leaves operators what they may", async () => {
    await using it = await start(`alice ${alice}`, `vera ${vera}`);
    expect((await it.ask("")).status).toBe(200);
    expect((await it.post("/web:suspend")).status).toBe(200);
  });
});

describe("nobody else", () => {
  const credentials = [
    "",
    `Bearer ${alertmanager}`,
    `Bearer ${alice}x`,
    "Bearer alice",
    `Basic ${Buffer.from(`alice:${bob}`).toString("base64")}`,
    `Basic ${Buffer.from(`pahlevan:${alice}`).toString("base64")}`,
  ];

  it.each(credentials)("comes in, with '%s'", async (authorization) => {
    await using it = await start();
    for (const kind of signalKinds)
      expect((await it.post(`/web:${kind}`, undefined, { authorization })).status).toBe(401);
    for (const path of ["", "/web"])
      expect((await it.ask(path, { headers: { authorization } })).status).toBe(401);
    expect(it.phases()).toEqual(asBegun);
    expect(it.store.signals.changedSince(0)).toEqual([]);
  });

  it("comes in where no operator has credentials", async () => {
    await using it = await start("");
    expect(await it.post("/web:suspend")).toMatchObject({ status: 403, body: error(/operator/) });
    expect(await it.ask("")).toMatchObject({ status: 403, body: error(/viewer/) });
    expect(it.phases()).toEqual(asBegun);
  });

  it("is heard who guesses too often", async () => {
    await using it = await start();
    const guess = () => it.post("/web:suspend", undefined, { authorization: "Bearer guess" });
    const statuses = new Set<number>();
    for (let times = 0; times < 25; times++) statuses.add((await guess()).status);
    expect([...statuses]).toEqual([401, 429]);
    expect((await it.ask("")).status).toBe(200);
    expect(it.receiver.counts.requests()).toContainEqual(
      expect.objectContaining({ source: "operator", code: "429" }),
    );
  });
});
