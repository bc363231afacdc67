/** nginx: static files, an upload, a cached upstream; a reload and a new log in the midst of it. */
import { statSync } from "node:fs";
import { createServer, request, type IncomingMessage, type RequestOptions } from "node:http";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { PATIENCE_MS } from "../../patience.ts";
import { expectAnswer, type Site, type Workload } from "./workload.ts";

const host = "127.0.0.1";
const port = 8080;
const upstreamPort = 9000;
const rounds = 40;
const users = { "www-data": 33, adm: 4 };
const log = "/var/log/nginx/access.log";

const configuration = `
user www-data;
worker_processes 2;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log;
events { worker_connections 256; }
http {
  include /etc/nginx/mime.types;
  access_log ${log};
  gzip on;
  gzip_min_length 100;
  client_body_buffer_size 1k;
  client_body_in_file_only clean;
  proxy_cache_path /var/cache/nginx levels=1:2 keys_zone=pages:1m;
  server {
    listen ${port};
    root /srv/www;
    location /api/ {
      proxy_pass http://${host}:${upstreamPort};
      proxy_cache pages;
      proxy_cache_valid 200 10m;
    }
    location /list/ { autoindex on; }
  }
}
`;

const pages = ["index", "about", "news", "contact", "terms"];

export const nginx: Workload = {
  name: "nginx",
  packages: ["nginx-light"],
  users,
  files: {
    "/etc/nginx/nginx.conf": configuration,
    ...Object.fromEntries(
      pages.map((page) => [`/srv/www/${page}.html`, `<p>${page.repeat(100)}</p>\n`]),
    ),
    "/srv/www/list/one.txt": "1\n",
    "/srv/www/list/two.txt": "2\n",
  },
  prepare: "mkdir -p /var/cache/nginx /var/log/nginx && chown -R www-data /var/cache/nginx",
  args: ["/usr/sbin/nginx", "-g", "daemon off;"],
  stop: "SIGQUIT",

  async answers() {
    expectAnswer("GET /", (await ask("/")).status, 200);
  },

  async load(site) {
    const upstream = createServer((asked, answer) => {
      asked.resume().once("end", () => answer.end(`upstream ${asked.url}`));
    });
    await once(upstream.listen(upstreamPort, host), "listening");
    try {
      for (let round = 0; round < rounds; round++) {
        await visit(round);
        if (round === rounds / 2) await signalled(site);
      }
    } finally {
      upstream.closeAllConnections();
      upstream.close();
    }
  },
};

async function visit(round: number): Promise<void> {
  for (const page of pages) {
    const { status, body } = await ask(`/${page}.html`);
    expectAnswer(page, [status, body.length], [200, page.length * 100 + 8]);
  }
  expectAnswer("HEAD", (await ask("/", { method: "HEAD" })).status, 200);
  expectAnswer("range", (await ask("/", { headers: { range: "bytes=0-9" } })).status, 206);
  const { changed } = await ask("/");
  const since = { headers: { "if-modified-since": changed } };
  expectAnswer("not modified", (await ask("/", since)).status, 304);
  expectAnswer("gzip", (await ask("/", { headers: { "accept-encoding": "gzip" } })).status, 200);
  expectAnswer("missing", (await ask(`/missing-${round}`)).status, 404);
  expectAnswer("list", (await ask("/list/")).status, 200);
  const { body } = await ask(`/api/${round % 4}`);
  expectAnswer("upstream", body, `upstream /api/${round % 4}`);
  const upload = await ask("/api/upload", { method: "POST" }, "x".repeat(20_000));
  expectAnswer("upload", upload.status, 200);
  expectAnswer("PUT", (await ask("/index.html", { method: "PUT" }, "x")).status, 405);
}

/**
 * Reopens its logs, reads its configuration again: on with other workers. One after the other, as
 * logs are given to the workers' user by the first, and root then opens what is another's.
 */
async function signalled({ pid, root }: Site): Promise<void> {
  process.kill(pid, "SIGUSR1");
  const deadline = Date.now() + PATIENCE_MS;
  while (statSync(join(root, log)).uid !== users["www-data"]) {
    if (Date.now() > deadline) throw new Error(`nginx has not reopened ${log}`);
    await delay(10);
  }
  process.kill(pid, "SIGHUP");
  expectAnswer("GET / after a reload", (await ask("/")).status, 200);
}

interface Heard {
  readonly status: number | undefined;
  readonly changed: string;
  readonly body: string;
}

async function ask(path: string, options: RequestOptions = {}, sent?: string): Promise<Heard> {
  // A kept connection may end with the worker that a reload sends away.
  const asked = request({ host, port, path, agent: false, ...options }).end(sent);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  asked.once("response", resolve).once("error", reject);
  const answer = await promise;
  const { statusCode: status, headers } = answer;
  return { status, changed: headers["last-modified"] ?? "", body: await text(answer) };
}
