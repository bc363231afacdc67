/**
 * `pahlevan up` behind a web configuration: a real Prometheus with a password, a real Alertmanager
 * and an operator with certificates.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { Authority, type Certificate } from "../certificates.ts";
import { cannotSense, Up } from "../kernel/pahlevan.ts";
import { Alertmanager, alertmanager } from "./monitoring/alertmanager.ts";
import { Prometheus, prometheus } from "./monitoring/prometheus.ts";

const lacks = alertmanager === undefined || prometheus === undefined;
const missing = lacks ? "needs Debian: prometheus, prometheus-alertmanager" : cannotSense;

/** By bcrypt, of "open sesame". */
const openSesame = "$2b$10$Z0hhzqTOHVHJxvAklzH3aOk427cyLcxtzA.IelSsdCL3lJ1Z3priK";

const policy = {
  apiVersion: "policy.pahlevan.io/v1alpha1",
  kind: "PahlevanPolicy",
  metadata: { name: "checkout", namespace: "shop" },
  spec: { selector: { matchLabels: { app: "checkout" } } },
};

/** What curl would print: the status and the body. */
async function ask(url: string, { ca }: Authority, client?: Certificate): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const shown = client && { cert: client.cert, key: client.key };
  request(url, { ca: ca.cert, ...shown, agent: false }, (answer) => {
    text(answer).then((body) => resolve(`${answer.statusCode} ${body.trim()}`), reject);
  })
    .on("error", reject)
    .end();
  return promise;
}

describe.skipIf(missing !== undefined)(`a web configuration (${missing ?? "as root"})`, () => {
  it("lets Prometheus in by password, Alertmanager and operators by certificate", async () => {
    using authority = new Authority();
    const server = authority.vouchesFor("IP:127.0.0.1");
    const sender = authority.vouchesFor("DNS:alertmanager.example");
    const operator = authority.vouchesFor("email:alice@example.org");
    const written = (name: string, content: string) => {
      const file = join(authority.folder, name);
      writeFileSync(file, content);
      return file;
    };
    const secrets = join(authority.folder, "signals");
    mkdirSync(secrets);
    written("signals/alertmanager", "certificate alertmanager.example\n");
    written("signals/operator", "certificate alice@example.org\n");
    const web = {
      tls_server_config: {
        ...{ cert_file: server.certFile, key_file: server.keyFile },
        client_auth_type: "VerifyClientCertIfGiven",
        client_ca_file: "ca.crt",
      },
      basic_auth_users: { prometheus: openSesame },
    };
    await using up = await Up.start([
      ...["--web-config", written("web.yml", JSON.stringify(web))],
      ...["--policy", written("policy.json", JSON.stringify(policy))],
      ...["--signals-secrets", secrets, "--pin-directory", ""],
    ]);
    expect(up.url).toMatch(/^https:/);
    const tls_config = { ca_file: authority.ca.certFile };
    const basic_auth = { username: "prometheus", password: "open sesame" };
    const { host } = new URL(up.url);
    await using scraper = await Prometheus.scraping({
      target: host,
      intervalSeconds: 2,
      how: { scheme: "https", tls_config, basic_auth },
    });
    await using alerts = await Alertmanager.routing({
      to: host,
      token: "not-asked-for",
      edit: (config) =>
        config
          .replace("http://", "https://")
          .replace(
            /authorization:\s+credentials_file: \S+/,
            () =>
              `tls_config: ${JSON.stringify({ ...tls_config, cert_file: sender.certFile, key_file: sender.keyFile })}`,
          ),
    });
    await alerts.post({ alertname: "Watchdog", pahlevan_signal: "heartbeat" });
    await expect.poll(() => scraper.query('up{job="pahlevan"}')).toEqual([1]);
    const taken = 'pahlevan_signal_requests_total{source="alertmanager",code="200"} > bool 0';
    await expect.poll(() => scraper.query(taken)).toEqual([1]);

    expect(await ask(`${up.url}/metrics`, authority)).toMatch(/^401 /);
    expect(await ask(`${up.url}/healthz`, authority)).toMatch(/^200 /);
    expect(await ask(`${up.url}/v1/loop`, authority, operator)).toBe("200 []");
    expect(await ask(`${up.url}/v1/loop`, authority, sender)).toMatch(/^401 /);
    expect(await ask(`${up.url}/v1/loop`, authority)).toMatch(/^401 /);
  });

  it("lets in nobody without a certificate, and goes on when all of them are replaced", async () => {
    using before = new Authority();
    using after = new Authority();
    // Both sides read what lies here.
    using place = new Authority();
    const file = (name: string) => join(place.folder, name);
    const lay = (authority: Authority) => {
      const server = authority.vouchesFor("IP:127.0.0.1");
      const scraper = authority.vouchesFor("DNS:prometheus.example");
      for (const [name, { cert, key }] of Object.entries({ server, scraper })) {
        writeFileSync(file(`${name}.crt`), cert);
        writeFileSync(file(`${name}.key`), key);
      }
      writeFileSync(file("both.crt"), authority.ca.cert);
      return scraper;
    };
    const old = lay(before);
    const web = {
      tls_server_config: {
        ...{ cert_file: "server.crt", key_file: "server.key", client_ca_file: "both.crt" },
        client_auth_type: "RequireAndVerifyClientCert",
        client_allowed_sans: ["prometheus.example"],
      },
    };
    writeFileSync(file("web.yml"), JSON.stringify(web));
    await using up = await Up.start(["--web-config", file("web.yml")]);
    const metrics = `${up.url}/metrics`;
    await using scraper = await Prometheus.scraping({
      target: new URL(up.url).host,
      intervalSeconds: 2,
      how: {
        scheme: "https",
        tls_config: {
          ca_file: file("both.crt"),
          ...{ cert_file: file("scraper.crt"), key_file: file("scraper.key") },
        },
      },
    });
    await expect.poll(() => scraper.query('up{job="pahlevan"}')).toEqual([1]);
    await expect(ask(metrics, before)).rejects.toThrow();
    await expect(ask(metrics, before, before.vouchesFor("DNS:else.example"))).rejects.toThrow();
    expect(await ask(metrics, before, old)).toMatch(/^200 /);

    const renewed = lay(after);
    const laidSeconds = Date.now() / 1_000;
    await expect
      .poll(() => ask(metrics, after, renewed).catch((error: unknown) => String(error)))
      .toMatch(/^200 /);
    await expect(ask(metrics, after, old)).rejects.toThrow();
    await expect
      .poll(() => scraper.query(`timestamp(up{job="pahlevan"} == 1) > bool ${laidSeconds + 2}`))
      .toEqual([1]);
  });
});
