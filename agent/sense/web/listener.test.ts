/**
 * The listener behind a web configuration, asked by real clients with certificates of all kinds.
 */
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { Agent, request, type RequestOptions } from "node:https";
import { connect as connectPlain } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { connect, type ConnectionOptions } from "node:tls";
import { hashSync } from "bcryptjs";
import { afterAll, describe, expect, it } from "vitest";
import type { ClientCertificate } from "@pahlevan/signals/credentials.ts";
import { Authority } from "../../../test/certificates.ts";
import { HttpServer, type OtherPages } from "../http.ts";
import { WebConfig, WebConfigError } from "./web-config.ts";

const ours = new Authority();
const others = new Authority();
afterAll(() => [ours, others].forEach((each) => each[Symbol.dispose]()));

const server = ours.vouchesFor("DNS:localhost", "IP:127.0.0.1");
const scraper = ours.vouchesFor("DNS:prometheus.example", "URI:spiffe://example/prometheus");
const other = ours.vouchesFor("DNS:other.example");
const stranger = others.vouchesFor("DNS:prometheus.example");

const files = { cert_file: server.certFile, key_file: server.keyFile };
const verified = {
  client_auth_type: "RequireAndVerifyClientCert",
  client_ca_file: ours.ca.certFile,
};
let made = 0;

/** Counts as time passes, so that each request sees what changed. */
async function start(config: object) {
  const path = join(ours.folder, `web-${++made}.yml`);
  const write = (next: object) => writeFileSync(path, JSON.stringify(next));
  write(config);
  const complaints: string[] = [];
  const web = new WebConfig(path, 0, (says) => complaints.push(says));
  const seen: (ClientCertificate | undefined)[] = [];
  let nowMs = 0;
  const others: OtherPages = {
    handles: ({ url }) => url?.startsWith("/v1/signals") ?? false,
    async answer(_, response, certificate) {
      seen.push(certificate);
      response.end("taken\n");
    },
  };
  const held: (() => void)[] = [];
  const http = new HttpServer(
    {
      async metrics({ accept }) {
        if (accept === "slowly") await new Promise<void>((go) => held.push(go));
        return { contentType: "text/plain", body: "up 1\n" };
      },
      healthy: () => ({ ok: true, reasons: [] }),
      ready: () => ({ ok: true, reasons: [...web.problems()] }),
    },
    { others: () => [others], web: { current: () => web.current((nowMs += 1_000)) } },
  );
  const port = await http.listen("127.0.0.1", 0);
  async function get(path: string, options: RequestOptions = {}) {
    const asked = request({ host: "127.0.0.1", port, path, ca: ours.ca.cert, ...options });
    asked.end();
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    asked.on("error", reject);
    asked.on("response", (answer) => {
      text(answer).then((body) => resolve(`${answer.statusCode} ${body.trim()}`), reject);
    });
    return promise;
  }
  return {
    ...{ port, get, write, complaints, seen, web, http },
    release: () => held.splice(0).forEach((go) => go()),
    heldBack: () => held.length,
    [Symbol.asyncDispose]: () => http.close(),
  };
}

const client = ({ cert, key }: { cert: string; key: string }) => ({ cert, key });
const basic = (user: string, password: string) => ({
  headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` },
});
/** The least that bcrypt takes, so that the tests do not wait for it. */
const hashed = (password: string) => hashSync(password, 4);

describe("TLS", () => {
  it("serves who trusts its authority, and nobody else is fooled", async () => {
    await using it = await start({ tls_server_config: files });
    expect(await it.get("/metrics")).toBe("200 up 1");
    await expect(it.get("/metrics", { ca: others.ca.cert })).rejects.toThrow(/unable to verify/);
    expect(it.http.protocol).toBe("https");
  });

  it("answers HTTP in the clear with nothing, and goes on", async () => {
    await using it = await start({ tls_server_config: files });
    const socket = connectPlain(it.port, "127.0.0.1");
    socket.write("GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n");
    socket.on("error", () => undefined);
    const said: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => said.push(chunk));
    await once(socket, "close");
    expect(Buffer.concat(said).toString("latin1")).not.toContain("up 1");
    expect(await it.get("/metrics")).toBe("200 up 1");
  });

  const speaks = (port: number, options: ConnectionOptions) => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const socket = connect({ port, host: "127.0.0.1", ca: ours.ca.cert, ...options });
    socket.on("secureConnect", () => resolve(`${socket.getProtocol()} ${socket.getCipher().name}`));
    socket.on("error", ({ message }: Error) => resolve(message));
    return promise.finally(() => socket.destroy());
  };

  it("speaks nothing that is broken", async () => {
    await using it = await start({ tls_server_config: files });
    const old = { minVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0" } as const;
    for (const maxVersion of ["TLSv1", "TLSv1.1"] as const)
      expect(await speaks(it.port, { ...old, maxVersion })).toMatch(/protocol version|unsupported/);
    expect(await speaks(it.port, { ...old, maxVersion: "TLSv1.2" })).toMatch(/^TLSv1\.2 /);
    expect(await speaks(it.port, {})).toMatch(/^TLSv1\.3 /);
  });

  it("speaks the versions and ciphers that are written, and no others", async () => {
    const suite = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384";
    await using one = await start({ tls_server_config: { ...files, cipher_suites: [suite] } });
    const twelve = { maxVersion: "TLSv1.2" } as const;
    expect(await speaks(one.port, twelve)).toBe("TLSv1.2 ECDHE-ECDSA-AES256-GCM-SHA384");
    const another = { ...twelve, ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256" };
    expect(await speaks(one.port, another)).toMatch(/handshake failure/);
    expect(await speaks(one.port, {})).toMatch(/^TLSv1\.3 /);
    await using new_ = await start({ tls_server_config: { ...files, min_version: "TLS13" } });
    expect(await speaks(new_.port, twelve)).toMatch(/protocol version/);
  });
});

describe("a client's certificate", () => {
  it("is required, and has to be of our authority", async () => {
    await using it = await start({ tls_server_config: { ...files, ...verified } });
    expect(await it.get("/v1/signals", client(scraper))).toBe("200 taken");
    expect(it.seen).toEqual([{ names: ["prometheus.example", "spiffe://example/prometheus"] }]);
    await expect(it.get("/healthz")).rejects.toThrow(/certificate required/);
    await expect(it.get("/healthz", client(stranger))).rejects.toThrow();
  });

  it("has to have a name that is allowed", async () => {
    const sans = { client_allowed_sans: ["spiffe://example/prometheus"] };
    await using it = await start({ tls_server_config: { ...files, ...verified, ...sans } });
    expect(await it.get("/metrics", client(scraper))).toBe("200 up 1");
    await expect(it.get("/metrics", client(other))).rejects.toThrow();
  });

  it("may be left away where it is only verified if given, and is then nobody's", async () => {
    const if_given = { ...verified, client_auth_type: "VerifyClientCertIfGiven" };
    await using it = await start({ tls_server_config: { ...files, ...if_given } });
    expect(await it.get("/v1/signals")).toBe("200 taken");
    expect(await it.get("/v1/signals", client(other))).toBe("200 taken");
    await expect(it.get("/v1/signals", client(stranger))).rejects.toThrow();
    expect(it.seen).toEqual([undefined, { names: ["other.example"] }]);
  });

  it("that nobody verifies proves nothing, whoever made it", async () => {
    const any = { client_auth_type: "RequireAnyClientCert" };
    await using it = await start({ tls_server_config: { ...files, ...any } });
    expect(await it.get("/v1/signals", client(stranger))).toBe("200 taken");
    await expect(it.get("/v1/signals")).rejects.toThrow();
    const asks = { client_auth_type: "RequestClientCert" };
    await using it2 = await start({ tls_server_config: { ...files, ...asks } });
    expect(await it2.get("/v1/signals", client(scraper))).toBe("200 taken");
    expect(await it2.get("/v1/signals")).toBe("200 taken");
    expect([...it.seen, ...it2.seen]).toEqual([undefined, undefined, undefined]);
  });

  it.each(["TLSv1.2", "TLSv1.3"] as const)(
    "is that of the session which goes on (%s)",
    async (maxVersion) => {
      const if_given = { ...verified, client_auth_type: "VerifyClientCertIfGiven" };
      await using it = await start({ tls_server_config: { ...files, ...if_given } });
      for (const who of [client(scraper), {}]) {
        let session: Buffer | undefined;
        for (const isResumed of [false, true]) {
          const options = { host: "127.0.0.1", port: it.port, ca: ours.ca.cert, maxVersion };
          const socket = connect({ ...options, ...who, ...(session && { session }) });
          socket.on("session", (next: Buffer) => (session = next));
          await once(socket, "secureConnect");
          expect(socket.isSessionReused()).toBe(isResumed);
          socket.write("GET /v1/signals HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
          expect(await text(socket)).toContain("taken");
        }
      }
      const names = it.seen.map((each) => each?.names[0]);
      expect(names).toEqual(["prometheus.example", "prometheus.example", undefined, undefined]);
    },
  );
});

describe("users", () => {
  const basic_auth_users = { alice: hashed("open sesame"), bob: hashed("swordfish") };

  it("are asked for their password, on every page but health and those with credentials", async () => {
    await using it = await start({ tls_server_config: files, basic_auth_users });
    expect(await it.get("/metrics")).toMatch(/^401 /);
    expect(await it.get("/nothing")).toMatch(/^401 /);
    for (const path of ["/healthz", "/readyz", "/v1/signals"])
      expect(await it.get(path)).toMatch(/^200 /);
    for (const [user, password] of [
      ["alice", "open sesame"],
      ["bob", "swordfish"],
      ["alice", "open sesame"],
    ] as const)
      expect(await it.get("/metrics", basic(user, password))).toBe("200 up 1");
    for (const [user, password] of [
      ["alice", "swordfish"],
      ["alice", ""],
      ["", "swordfish"],
      ["carol", "open sesame"],
      ["toString", "swordfish"],
    ] as const)
      expect(await it.get("/metrics", basic(user, password))).toMatch(/^401 /);
  });

  it("change with their file", async () => {
    await using it = await start({ tls_server_config: files, basic_auth_users });
    const alice = () => it.get("/metrics", basic("alice", "open sesame"));
    expect(await alice()).toMatch(/^200 /);
    it.write({ tls_server_config: files, basic_auth_users: { bob: basic_auth_users.bob } });
    expect(await alice()).toMatch(/^401 /);
  });
});

describe("a change", () => {
  it("of the certificate is taken, and costs nobody an answer", async () => {
    await using it = await start({ tls_server_config: files });
    const keeping = { agent: new Agent({ keepAlive: true, maxSockets: 1 }) };
    expect(await it.get("/metrics", keeping)).toBe("200 up 1");
    const slow = it.get("/metrics", { headers: { accept: "slowly" } });
    await expect.poll(it.heldBack).toBe(1);
    const next = others.vouchesFor("IP:127.0.0.1");
    it.write({ tls_server_config: { cert_file: next.certFile, key_file: next.keyFile } });
    expect(await it.get("/metrics", { ca: others.ca.cert, agent: false })).toBe("200 up 1");
    // By its old connection, and then by none that it would trust.
    expect(await it.get("/metrics", keeping)).toBe("200 up 1");
    await expect(it.get("/metrics", keeping)).rejects.toThrow(/unable to verify/);
    it.release();
    expect(await slow).toBe("200 up 1");
    keeping.agent.destroy();
  });

  it("of the clients' authority ends connections of the one before", async () => {
    await using it = await start({ tls_server_config: { ...files, ...verified } });
    const socket = connect({
      ...{ host: "127.0.0.1", port: it.port, ca: ours.ca.cert },
      ...client(scraper),
    });
    socket.on("error", () => undefined);
    let said = "";
    socket.on("data", (chunk: Buffer) => (said += chunk.toString()));
    const ask = () => socket.write("GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n");
    ask();
    await expect.poll(() => said).toContain("up 1");
    it.write({ tls_server_config: { ...files, ...verified, client_ca_file: others.ca.certFile } });
    said = "";
    ask();
    await once(socket, "close");
    expect(said).toBe("");
    expect(await it.get("/metrics", client(stranger))).toBe("200 up 1");
    await expect(it.get("/metrics", client(scraper))).rejects.toThrow();
  });

  it("of the clients' authority leaves one request to a handshake that had begun", async () => {
    await using it = await start({ tls_server_config: { ...files, ...verified } });
    const begun = connectPlain(it.port, "127.0.0.1");
    // Whoever comes after is served after.
    expect(await it.get("/metrics", client(scraper))).toBe("200 up 1");
    it.write({ tls_server_config: { ...files, ...verified, client_ca_file: others.ca.certFile } });
    expect(await it.get("/metrics", client(stranger))).toBe("200 up 1");
    const socket = connect({ socket: begun, ca: ours.ca.cert, ...client(scraper) });
    for (let times = 0; times < 2; times++)
      socket.write("GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n");
    const said = await text(socket);
    expect(said.match(/up 1/g)).toHaveLength(1);
    expect(said).toMatch(/^connection: close\r$/im);
  });

  it("of a file that is named is taken, too", async () => {
    const renewed = ours.vouchesFor("IP:127.0.0.1");
    const [cert_file, key_file] = [join(ours.folder, "live.crt"), join(ours.folder, "live.key")];
    const lay = ({ cert, key }: { cert: string; key: string }) => {
      writeFileSync(cert_file, cert);
      writeFileSync(key_file, key);
    };
    lay(server);
    // Taken as from where the configuration lies.
    await using it = await start({
      tls_server_config: { cert_file: "live.crt", key_file: "live.key" },
    });
    const isOf = async () => {
      const socket = connect({ host: "127.0.0.1", port: it.port, ca: ours.ca.cert });
      await once(socket, "secureConnect");
      const { raw } = socket.getPeerCertificate();
      socket.destroy();
      return raw.toString("base64");
    };
    const bare = (pem: string) => pem.replaceAll(/-----[^-]+-----|\s/g, "");
    expect(await isOf()).toBe(bare(server.cert));
    writeFileSync(cert_file, renewed.cert);
    expect(await isOf()).toBe(bare(server.cert));
    expect(it.complaints).toEqual([expect.stringMatching(/do not work together.*stays in use/)]);
    lay(renewed);
    expect(await isOf()).toBe(bare(renewed.cert));
    expect(it.web.problems()).toEqual([]);
  });

  it.each<[string, object, RegExp]>([
    ["that is wrong", { tls_server_config: { ...files, cert_fil: "x" } }, /did you mean cert_file/],
    ["to no TLS", { basic_auth_users: { a: hashed("x") } }, /TLS goes on or off.*restart/],
    ["to an empty file", {}, /restart/],
    ["to no users", { tls_server_config: { ...files, ...verified } }, /basic_auth_users.*restart/],
    [
      "to a file that is not there",
      {
        tls_server_config: { ...files, ...verified, key_file: "none" },
        basic_auth_users: { a: hashed("x") },
      },
      /ENOENT.*none/,
    ],
    [
      "to clients nobody verifies",
      { tls_server_config: { ...files, client_auth_type: "RequestClientCert" } },
      /client_auth_type.*restart/,
    ],
  ])("%s changes nothing, and is told once", async (_, next, why) => {
    const before = {
      tls_server_config: { ...files, ...verified },
      basic_auth_users: { alice: hashed("open sesame") },
    };
    await using it = await start(before);
    it.write(next);
    await expect(it.get("/metrics", { ca: ours.ca.cert })).rejects.toThrow();
    expect(await it.get("/metrics", client(scraper))).toMatch(/^401 /);
    const asked = { ...client(scraper), ...basic("alice", "open sesame") };
    expect(await it.get("/metrics", asked)).toBe("200 up 1");
    expect(it.complaints).toEqual([expect.stringMatching(why)]);
    expect(await it.get("/readyz", client(scraper))).toMatch(/stays in use/);
    it.write(before);
    expect(await it.get("/readyz", client(scraper))).toBe('200 {"ok":true,"reasons":[]}');
  });
});

it.each<[string, object | string, RegExp]>([
  [
    "unknown fields",
    { tls_server_config: files, basic_auth_user: {} },
    /:1: basic_auth_user: unknown/,
  ],
  ["no YAML", "tls_server_config: {", /:1: no YAML/],
  [
    "no certificate",
    { tls_server_config: { ...files, cert_file: server.keyFile } },
    /no certificate in PEM/,
  ],
  [
    "another's key",
    { tls_server_config: { ...files, key_file: scraper.keyFile } },
    /do not work together/,
  ],
  [
    "an empty authority",
    { tls_server_config: { ...files, ...verified, client_ca_file: server.keyFile } },
    /no certificate in PEM/,
  ],
  ["a file that is not there", { tls_server_config: { ...files, key_file: "/none" } }, /ENOENT/],
])("a start with %s ends at once, and says why", (_, config, why) => {
  const path = join(ours.folder, "wrong.yml");
  writeFileSync(path, typeof config === "string" ? config : JSON.stringify(config));
  const attempt = () => new WebConfig(path, 0, () => undefined);
  expect(attempt).toThrow(WebConfigError);
  expect(attempt).toThrow(why);
});

it("without TLS adds users and headers to HTTP", async () => {
  await using it = await start({
    basic_auth_users: { alice: hashed("open sesame") },
    http_server_config: { headers: { "X-Frame-Options": "deny", "X-XSS-Protection": "" } },
  });
  const answer = await fetch(`http://127.0.0.1:${it.port}/metrics`, basic("alice", "open sesame"));
  expect(answer.status).toBe(200);
  expect(answer.headers.get("x-frame-options")).toBe("deny");
  expect(answer.headers.has("x-xss-protection")).toBe(false);
  expect(it.http.protocol).toBe("http");
});
