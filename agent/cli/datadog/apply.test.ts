/** Against a fake of Datadog's API (test/datadog/api.ts), with its real client in the command. */
import { spawn } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { DatadogApi } from "../../../test/datadog/api.ts";
import { holds } from "./holds.ts";
import { shipped } from "./shipped.ts";

const main = join(import.meta.dirname, "../main.ts");

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function apply(
  { url, keys }: Pick<DatadogApi, "url" | "keys">,
  ...args: readonly string[]
): Promise<Ended> {
  const env = { ...process.env, DD_API_KEY: keys.api, DD_APP_KEY: keys.app, DD_SITE: "" };
  const command = [main, "datadog", "apply", "--url", url, ...args];
  const child = spawn(process.execPath, command, { env });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  const code = await new Promise<number | null>((done) => child.on("close", done));
  return { code, out, err };
}

const names = (api: DatadogApi) => [...api.monitors.values()].map(({ name }) => name);
const shippedMonitors = shipped(["monitors"]).map(({ name }) => name);

it("makes what is missing, changes what differs, and leaves what is as it should be", async () => {
  await using api = await DatadogApi.start();
  const first = await apply(api);
  expect(first).toMatchObject({ code: 0, err: "" });
  expect(names(api)).toEqual(shippedMonitors);
  expect([api.dashboards.size, api.pipelines.size]).toEqual([1, 1]);
  expect(first.out).toContain("+ monitor PahlevanLearningConverged: created\n");
  expect(first.out.split("\n").length).toBe(shippedMonitors.length + 2 + 1);
  const made = api.writes.length;

  const second = await apply(api);
  expect(second).toMatchObject({ code: 0, err: "" });
  expect(second.out).not.toMatch(/^[+~]/m);
  expect(api.writes.length).toBe(made);

  const [id = "", monitor = {}] =
    [...api.monitors].find(([, { name }]) => name === "PahlevanSuspectedAttack") ?? [];
  api.monitors.set(id, { ...monitor, query: "avg(last_5m):avg:system.load.1{*} > 9" });
  const [board = ""] = api.dashboards.keys();
  api.dashboards.set(board, { ...api.dashboards.get(board), title: "changed by hand" });
  const third = await apply(api);
  expect(third.out.split("\n").filter((line) => !line.startsWith("="))).toEqual([
    "~ dashboard Pahlevan: the loop: updated",
    "~ monitor PahlevanSuspectedAttack: updated",
    "",
  ]);
  expect(api.writes.slice(made)).toEqual([
    `PUT /api/v1/dashboard/${board}`,
    `PUT /api/v1/monitor/${id}`,
  ]);
  expect(api.monitors.get(id)).toMatchObject({ query: monitor["query"] });
});

it("says what it would do, does nothing, and exits with 1 while it would do something", async () => {
  await using api = await DatadogApi.start();
  const { code, out } = await apply(api, "--dry-run", "--only", "log-pipelines,dashboards");
  expect({ code, out }).toEqual({
    code: 1,
    out: "+ dashboard Pahlevan: the loop: would be created\n+ log pipeline Pahlevan: would be created\n",
  });
  expect(api.writes).toEqual([]);
  await apply(api, "--only", "dashboards");
  expect((await apply(api, "--dry-run", "--only", "dashboards")).code).toBe(0);
  expect([api.dashboards.size, api.pipelines.size, api.monitors.size]).toEqual([1, 0, 0]);
});

it("leaves other people's things alone", async () => {
  await using api = await DatadogApi.start();
  const theirs = {
    id: 7,
    name: "PahlevanSuspectedAttack",
    type: "query alert",
    query: "x",
    tags: [],
  };
  api.monitors.set("7", theirs);
  api.pipelines.set("p", { id: "p", name: "Pahlevan", is_read_only: true });
  await apply(api, "--only", "monitors,log-pipelines");
  expect(api.monitors.get("7")).toEqual(theirs);
  expect(api.pipelines.size).toBe(2);
  expect(api.monitors.size).toBe(shippedMonitors.length + 1);
});

it("finds its monitors behind many others that carry the same tag", async () => {
  await using api = await DatadogApi.start();
  for (let at = 0; at < 150; at++) {
    const id = `${at + 1}`;
    const tags = ["managed-by:pahlevan", `uid:Other${at}`];
    api.monitors.set(id, { id: at + 1, name: id, type: "query alert", query: "x", tags });
  }
  await apply(api, "--only", "monitors");
  const { out } = await apply(api, "--only", "monitors");
  expect(out).not.toMatch(/^[+~]/m);
});

it("writes nothing where Datadog calls one of the monitors wrong", async () => {
  await using api = await DatadogApi.start();
  api.wrong = "PahlevanSuspectedAttack";
  const { code, err } = await apply(api);
  expect(code).toBe(1);
  expect(err).toMatch(/^✗ Datadog refuses PahlevanSuspectedAttack \(400\): .*'query' is invalid/);
  expect(api.writes).toEqual([]);
});

it("with a wrong key says so, in one line that has no key in it", async () => {
  await using api = await DatadogApi.start();
  const keys = { ...api.keys, app: "c".repeat(40) };
  const { code, out, err } = await apply({ url: api.url, keys });
  expect({ code, out }).toEqual({ code: 3, out: "" });
  expect(err).toMatch(
    /^pahlevan: Datadog refuses the keys for reading dashboards \(403\): .*DD_APP_KEY/,
  );
  expect(err.trimEnd().split("\n")).toHaveLength(1);
  expect(err).not.toContain(keys.app);
  expect(err).not.toContain(keys.api);
});

it("waits where Datadog asks for patience, and gives up where it goes on asking", async () => {
  await using api = await DatadogApi.start();
  api.busy = 2;
  expect((await apply(api, "--only", "dashboards")).code).toBe(0);
  expect(api.dashboards.size).toBe(1);
  api.busy = Infinity;
  const { code, err } = await apply(api, "--only", "dashboards");
  expect(code).toBe(3);
  expect(err).toMatch(/asks for patience \(429\)/);
});

it("where nobody answers, says so", async () => {
  const api = await DatadogApi.start();
  const { url, keys } = api;
  await api[Symbol.asyncDispose]();
  const { code, err } = await apply({ url, keys });
  expect(code).toBe(3);
  expect(err).toMatch(/^pahlevan: Datadog cannot be asked, at reading dashboards: .*ECONNREFUSED/);
});

it.each([
  [{ keys: { api: "", app: "x" } }, [], 3, "DD_API_KEY is not set"],
  [{ keys: { api: "x", app: "x" } }, ["--site", "https://datadoghq.eu"], 2, "without https://"],
  [{ keys: { api: "x", app: "x" } }, ["--only", "monitor"], 2, "did you mean 'monitors'?"],
])("%j %j is refused", async ({ keys }, args, code, says) => {
  const ended = await apply({ url: "http://127.0.0.1:1", keys }, ...args);
  expect(ended.code).toBe(code);
  expect(ended.err).toContain(says);
});

it("what is there holds what is wanted, whatever Datadog added", () => {
  const wanted = { tags: ["b", "a"], options: { thresholds: { critical: 1 } }, list: [{ x: 1 }] };
  const is = {
    tags: ["a", "b"],
    options: { thresholds: { critical: 1, warning: null }, silenced: {} },
    list: [{ x: 1, id: 5 }],
    id: 3,
  };
  expect(holds(is, wanted)).toBe(true);
  expect(holds({ ...is, list: [...is.list, { x: 2 }] }, wanted)).toBe(false);
  expect(holds({ ...is, tags: ["a", "c"] }, wanted)).toBe(false);
  expect(holds({ ...is, options: undefined }, wanted)).toBe(false);
});

it("the client is loaded in one place, and only when that place is reached", () => {
  const top = join(import.meta.dirname, "../../..");
  const files = globSync("{agent,core,exporters,signals,dashboards}/**/*.ts", {
    cwd: top,
    exclude: (name) => name === "node_modules" || name.endsWith(".test.ts"),
  });
  const name = /^import (?!type ).*@datadog|import\("@datadog/m;
  const users = files.filter((file) => name.test(readFileSync(join(top, file), "utf8")));
  expect(users).toEqual(["agent/cli/datadog/api.ts"]);
  const text = readFileSync(join(import.meta.dirname, "api.ts"), "utf8");
  expect(text).not.toMatch(/^import (?!type ).*@datadog/m);
});
