/** docs/http.md says what is so. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { signalKinds } from "@pahlevan/core/loop/signal.ts";
import { readCredentials } from "@pahlevan/signals/credential-lines.ts";
import { readYaml } from "../policies/yaml.ts";
import { readWebFile } from "../sense/web/format.ts";

const page = readFileSync(new URL("../../docs/http.md", import.meta.url), "utf8");
const [, operators = ""] = /```\n(alice [^`]+)```/.exec(page) ?? [];
const [, certificates = ""] = /```\n(certificate [^`]+)```/.exec(page) ?? [];
const [, web = ""] = /```yaml\n(tls_server_config:[^`]+)```/.exec(page) ?? [];

it("shows files that are taken", () => {
  expect(readCredentials("operator", "operator", operators)).toHaveLength(3);
  expect(readCredentials("alertmanager", "alertmanager", certificates)).toHaveLength(2);
  expect(readWebFile(readYaml(web).documents[0]?.value)).toMatchObject({
    tls_server_config: { client_auth_type: "VerifyClientCertIfGiven" },
    basic_auth_users: { prometheus: expect.stringMatching(/^\$2y\$10/) as unknown },
  });
});

it("names every lever", () => {
  for (const kind of signalKinds) expect(page).toContain(`\`${kind}\``);
});
