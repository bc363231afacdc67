import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { HttpPeerServer } from "../../test/http-peer.ts";
import { examples } from "../examples.ts";
import { Outgoing, type Line } from "../record.ts";
import { wanted } from "./common.ts";
import { configured, type Written } from "./configured.ts";
import { Dispatch } from "./dispatch.ts";
import { kinds } from "./kinds.ts";

const lines = examples("2026-11-22T10:00:00.000000001Z");
const [decision] = lines;
if (decision === undefined) throw new Error("no examples");

function dispatch() {
  const folder = mkdtempSync(join(tmpdir(), "pahlevan-dispatch-"));
  const made = new Dispatch({
    ...{ folder, host: "node-1", cluster: "", version: "0" },
    complain: () => {},
  });
  onTestFinished(async () => {
    await made.stop(0);
    rmSync(folder, { recursive: true });
  });
  return { folder, made };
}

async function sinksOf(settings: Readonly<Record<string, string>>) {
  const written = Object.entries(settings).map(([path, value]): Written => {
    const [name = "", key = ""] = path.split(".");
    return { name, key, value, origin: "test" };
  });
  const { sinks, errors } = await configured(written, {}, kinds);
  expect(errors).toEqual([]);
  return sinks;
}

test("one that is in no configuration any more is forgotten, with what waited for it", async () => {
  await using peer = await HttpPeerServer.start();
  peer.answer = () => ({ status: 503 });
  const { folder, made } = dispatch();
  await made.configure(await sinksOf({ "a.type": "webhook", "a.url": `${peer.url}/a` }));
  made.accept([Outgoing.of(decision)]);
  await expect.poll(() => peer.asked.length).toBeGreaterThan(0);
  expect(readdirSync(folder)).toEqual(["a"]);
  await made.configure([]);
  expect(readdirSync(folder)).toEqual([]);
  expect(made.figures()).toEqual([]);
  expect(made.wishes).toEqual({ sorts: [], metrics: false });
});

test("what an earlier run left of one that is gone is cleaned away, and no other", async () => {
  await using peer = await HttpPeerServer.start();
  const { folder, made } = dispatch();
  mkdirSync(join(folder, "before", "waiting"), { recursive: true });
  await made.configure(await sinksOf({ "a.type": "webhook", "a.url": `${peer.url}/a` }));
  made.clean();
  expect(existsSync(join(folder, "before"))).toBe(false);
  expect(existsSync(join(folder, "a"))).toBe(true);
});

test("under the same name another type goes on with what waits on disk", async () => {
  await using peer = await HttpPeerServer.start();
  peer.answer = () => ({ status: 503 });
  const { made } = dispatch();
  await made.configure(await sinksOf({ "a.type": "webhook", "a.url": `${peer.url}/hook` }));
  made.accept([Outgoing.of(decision)]);
  await expect.poll(() => peer.asked.length).toBeGreaterThan(0);
  peer.answer = () => ({ status: 200, body: '{"text":"Success","code":0}' });
  await made.configure(
    await sinksOf({ "a.type": "splunk", "a.url": peer.url, "a.token": "literal" }),
  );
  await expect
    .poll(() => peer.asked.filter(({ path }) => path.startsWith("/services")).length)
    .toBe(1);
});

test("a sink that cannot be made is a problem, and the others go on", async () => {
  await using peer = await HttpPeerServer.start();
  const { made } = dispatch();
  const problems = await made.configure(
    await sinksOf({
      "bad.type": "webhook",
      "bad.url": peer.url,
      "bad.ca-file": "/nowhere/ca.pem",
      "good.type": "webhook",
      "good.url": `${peer.url}/good`,
    }),
  );
  expect(problems).toEqual([expect.stringContaining("exporters.bad (webhook): ")]);
  made.accept([Outgoing.of(decision)]);
  await expect.poll(() => peer.asked.map(({ path }) => path)).toEqual(["/good"]);
});

test.each([
  [{}, [1, 2, 3, 4, 5, 6]],
  [{ events: ["decision", "notice"] }, [1, 4]],
  [{ "minimum-severity": "error" }, [1, 3, 4]],
  [{ policies: ["checkout-policy"] }, [1, 3, 4, 5, 6]],
  [{ policies: ["shop/checkout-policy"] }, [1, 3, 4, 5, 6]],
  [{ policies: ["other/checkout-policy"] }, []],
  [{ namespaces: ["shop"] }, [1, 2, 3, 4, 5, 6]],
  [{ namespaces: ["payments"] }, []],
] as const)("%j lets through %j", (wish, through) => {
  const all = ["decision", "transition", "notice", "converged", "first_seen", "span"] as const;
  const isFor = wanted({
    ...{ events: all, namespaces: [], policies: [], "minimum-severity": "debug" },
    ...wish,
  });
  const numberOf = ({ id }: Line) => Number(id.replace("example-", ""));
  expect(lines.filter(isFor).map(numberOf)).toEqual(through);
});
