/** A Python application over its standard library: pages, a form, a database in a file. */
import { expectAnswer, type Workload } from "./workload.ts";

const address = "http://127.0.0.1:8000";
const rounds = 20;
const user = 104;

const application = `
import http.server, json, os, signal, sqlite3, sys, tempfile, threading, urllib.parse

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        url = urllib.parse.urlparse(self.path)
        if url.path == "/":
            with open("/srv/app/index.html") as page:
                return self.say(200, page.read())
        if url.path == "/notes":
            with sqlite3.connect("/srv/app/data/notes.db") as notes:
                return self.say(200, str(notes.execute("SELECT count(*) FROM notes").fetchone()[0]))
        if url.path == "/report":
            with tempfile.NamedTemporaryFile() as report:
                report.write(b"x" * 5000)
                return self.say(200, str(report.tell()))
        self.say(404, "")

    def do_POST(self):
        text = self.rfile.read(int(self.headers["content-length"])).decode()
        with sqlite3.connect("/srv/app/data/notes.db") as notes:
            notes.execute("INSERT INTO notes VALUES (?)", (json.loads(text)["note"],))
        self.say(201, "")

    def say(self, status, text):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass

with sqlite3.connect("/srv/app/data/notes.db") as notes:
    notes.execute("CREATE TABLE IF NOT EXISTS notes (text)")
server = http.server.ThreadingHTTPServer(("127.0.0.1", 8000), Handler)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
server.serve_forever()
`;

export const python: Workload = {
  name: "python",
  packages: ["python3"],
  users: { app: user },
  files: { "/srv/app/app.py": application, "/srv/app/index.html": "<p>hello</p>\n" },
  prepare: "mkdir /srv/app/data && chown app /srv/app/data",
  args: ["/usr/bin/python3.11", "/srv/app/app.py"],
  user,

  async answers() {
    expectAnswer("GET /", await ask("/"), [200, "<p>hello</p>\n"]);
  },

  async load() {
    for (let round = 1; round <= rounds; round++) {
      expectAnswer("GET /", await ask("/"), [200, "<p>hello</p>\n"]);
      expectAnswer("note", await ask("/note", { note: `note ${round}` }), [201, ""]);
      expectAnswer("notes", await ask("/notes"), [200, String(round)]);
      expectAnswer("report", await ask("/report"), [200, "5000"]);
      expectAnswer("missing", await ask("/missing"), [404, ""]);
    }
  },
};

async function ask(path: string, note?: object): Promise<readonly [status: number, body: string]> {
  const sent = note && { method: "POST", body: JSON.stringify(note) };
  const answer = await fetch(`${address}${path}`, { headers: { connection: "close" }, ...sent });
  return [answer.status, await answer.text()];
}
