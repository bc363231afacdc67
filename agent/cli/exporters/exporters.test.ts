/** `config check` and `notify test`, as somebody types them, with peers that answer. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { HttpPeerServer } from "../../../test/http-peer.ts";

const main = fileURLToPath(new URL("../main.ts", import.meta.url));

async function pahlevan(args: readonly string[], settings: string, environment = {}) {
  const folder = mkdtempSync(join(tmpdir(), "pahlevan-cli-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "pahlevan.yaml");
  writeFileSync(file, settings);
  const child = spawn(process.execPath, [main, ...args, "--config", file], {
    env: { ...process.env, ...environment },
  });
  const [stdout, stderr] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit"),
  ]);
  return { stdout, stderr, status: child.exitCode };
}

const settings = (url: string) => `
exporters:
  loki: {}
  team:
    type: webhook
    url: \${HOOK}
  search:
    type: splunk
    url: ${url}
    token: hush-hush
`;

test("config check shows settings without secrets, asks each peer, and says what it found", async () => {
  await using peer = await HttpPeerServer.start();
  peer.answer = ({ path }) => ({
    status: path.startsWith("/services") ? 403 : 200,
    body: '{"text":"Invalid token","code":4}',
  });
  const file = settings(peer.url).replace("  loki: {}\n", "");
  const hook = `${peer.url}/secret-hook`;
  const { stdout, stderr, status } = await pahlevan(["config", "check"], file, { HOOK: hook });
  expect(stdout).toMatch(/exporters\.team\.url +\$\{HOOK\} +\S+:5/);
  expect(stdout).toMatch(/✓ team \(webhook\): /);
  expect(stdout).toMatch(/✗ search \(splunk\): .*Invalid token/);
  expect(stderr).toContain("exporters.search.token is written out");
  expect(stdout + stderr).not.toMatch(/hush-hush|secret-hook/);
  expect(status).toBe(1);
});

test("config check names each mistake, and asks nobody where it is told to", async () => {
  await using peer = await HttpPeerServer.start();
  const { stderr, status } = await pahlevan(
    ["config", "check", "--offline"],
    settings(peer.url).replace("loki: {}", "loki:\n    urll: x"),
  );
  expect(stderr).toContain("exporters.loki.urll: loki has no such setting; did you mean url?");
  expect(stderr).toContain("exporters.team.url names ${HOOK}, which is not set");
  expect(peer.asked).toEqual([]);
  expect(status).toBe(1);
});

test("notify test sends records of a workload that nobody has, and says who took them", async () => {
  await using peer = await HttpPeerServer.start();
  const file = settings(peer.url).replace("  loki: {}\n", "");
  const environment = { HOOK: `${peer.url}/hook` };
  const right = await pahlevan(["notify", "test", "team"], file, environment);
  expect(right.stdout).toMatch(/^✓ team \(webhook\): \d+ test records? sent/m);
  expect(right.status).toBe(0);
  expect(peer.asked.every(({ path }) => path === "/hook")).toBe(true);
  expect(peer.asked.at(-1)?.body.toString()).toContain("pahlevan-test");
  peer.answer = () => ({ status: 500 });
  const wrong = await pahlevan(["notify", "test", "team"], file, environment);
  expect(wrong.stdout).toMatch(/^✗ team \(webhook\): it answers 500/m);
  expect(wrong.status).toBe(1);
  const unknown = await pahlevan(["notify", "test", "tema"], file, environment);
  expect(unknown.stderr).toContain("no exporter 'tema'; configured: team, search");
  expect(unknown.status).toBe(2);
});
