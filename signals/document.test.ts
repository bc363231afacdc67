/** docs/signals.md says what is so. */
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { signalKinds } from "@pahlevan/core/loop/signal.ts";
import { known, Receiving, RememberingInbox } from "../test/receiving.ts";
import { basicUser, receivers } from "./credential-lines.ts";
import { grafanaHeaders } from "./credentials.ts";
import { datadogTemplate } from "./datadog.ts";
import { usualLimits } from "./limits.ts";
import { secretVariable } from "./secrets.ts";

const page = readFileSync(new URL("../docs/signals.md", import.meta.url), "utf8");

it("shows the template, the names and the limits that are in use", () => {
  expect(page).toContain(datadogTemplate);
  for (const kind of signalKinds) expect(page).toContain(`\`${kind}\``);
  for (const receiver of receivers) {
    expect(page).toContain(secretVariable(receiver));
    expect(page).toContain(`/v1/signals/${receiver}`);
  }
  for (const header of Object.values(grafanaHeaders)) expect(page.toLowerCase()).toContain(header);
  expect(page).toContain(`the user \`${basicUser}\``);
  const { bodyBytes, bodyMs, rate } = usualLimits;
  expect([bodyBytes.alertmanager, bodyBytes.grafana]).toEqual([16 << 20, 4 << 20]);
  expect([bodyBytes.datadog, bodyBytes.generic]).toEqual([256 << 10, 64 << 10]);
  expect([bodyMs, rate.perSecond]).toEqual([10_000, 100]);
});

const amtool = spawnSync("amtool", ["--version"]).status === 0;

it.skipIf(!amtool)("has a route that Alertmanager takes (needs amtool)", () => {
  const folder = mkdtempSync(join(tmpdir(), "pahlevan-route-"));
  const [, example = ""] = /```yaml\n(receivers:[^`]+)```/.exec(page) ?? [];
  const file = join(folder, "alertmanager.yml");
  writeFileSync(
    file,
    example
      .replace("receivers:\n", "receivers:\n  - name: people\n")
      .replace("route:\n", "route:\n  receiver: people\n"),
  );
  const { status, stdout } = spawnSync("amtool", ["check-config", file], { encoding: "utf8" });
  expect(stdout).toContain("2 receivers");
  expect(status).toBe(0);
  const levers = ["pahlevan_signal=rollback", "alertname=Watchdog", "severity=page"].map(
    (label) => {
      const route = ["config", "routes", "test", `--config.file=${file}`, label];
      return spawnSync("amtool", route, { encoding: "utf8" }).stdout.trim();
    },
  );
  expect(levers).toEqual(["pahlevan", "pahlevan", "people"]);
  rmSync(folder, { recursive: true });
});

const tools = ["curl", "openssl", "base64", "od"].filter(
  (tool) => spawnSync("sh", ["-c", `command -v ${tool}`]).status !== 0,
);

it.skipIf(tools.length > 0)(`has a script that works (needs ${tools.join()})`, async () => {
  const folder = mkdtempSync(join(tmpdir(), "pahlevan-script-"));
  writeFileSync(join(folder, "generic"), `${known.generic}\n`);
  const inbox = new RememberingInbox();
  await using receiving = await Receiving.start({ inbox });
  const script = (/```sh\n(?<script>[^`]+)```/.exec(page)?.groups?.["script"] ?? "")
    .replaceAll("/etc/pahlevan/signals", folder)
    .replaceAll("http://127.0.0.1:9464/v1/signals", receiving.url);
  writeFileSync(join(folder, "script"), script);
  const { promise, resolve } = Promise.withResolvers<string>();
  const env = { ...process.env, BUILD_NUMBER: "7" };
  execFile("sh", [join(folder, "script")], { env }, (_, said, complained) =>
    resolve(said + complained),
  );
  expect(await promise).toContain('"new":1');
  expect(inbox.messages[0]?.signals).toMatchObject([
    { kind: "rollback", by: "deploy-7", target: { namespace: "shop", policy: "checkout" } },
  ]);
  rmSync(folder, { recursive: true });
});
