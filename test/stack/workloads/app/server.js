// A small service: pages from templates, notes kept in files, a neighbour asked, work in a thread
// and in another program. Its last door is the kind that attackers hope for.
"use strict";
const { exec, execFile } = require("node:child_process");
const crypto = require("node:crypto");
const fs = require("node:fs");
const http = require("node:http");
const net = require("node:net");
const path = require("node:path");
const zlib = require("node:zlib");

const notes = "/srv/app/notes";
const answers = {
  "/": (_, done) => fs.readFile("/srv/app/views/index.html", "utf8", done),
  "/note": (url, done) => {
    const name = path.join(notes, `${Number(url.searchParams.get("id"))}.json`);
    const text = JSON.stringify({ id: url.searchParams.get("id") });
    fs.writeFile(`${name}.tmp`, text, () => fs.rename(`${name}.tmp`, name, done));
  },
  "/notes": (_, done) => fs.readdir(notes, (error, names) => done(error, String(names?.length))),
  "/forget": (url, done) =>
    fs.unlink(path.join(notes, `${Number(url.searchParams.get("id"))}.json`), done),
  "/hash": (_, done) =>
    crypto.scrypt("word", "salt", 32, (error, key) => done(error, key?.toString("hex"))),
  "/packed": (_, done) =>
    zlib.gzip("x".repeat(10000), (error, bytes) => done(error, String(bytes?.length))),
  "/date": (_, done) =>
    execFile("/usr/bin/date", ["+%Y"], (error, out) => done(error, out?.trim())),
  "/upstream": (_, done) =>
    http
      .get("http://127.0.0.1:9001/", (answer) => {
        let text = "";
        answer.on("data", (part) => (text += part)).on("end", () => done(null, text));
      })
      .on("error", done),
  // The holes.
  "/run": (url, done) => exec(url.searchParams.get("command"), (error, out) => done(error, out)),
  "/file": (url, done) =>
    fs.readFile(path.join("/srv/app/views", url.searchParams.get("name")), "utf8", done),
  "/fetch": (url, done) => {
    const { hostname, port } = new URL(url.searchParams.get("from"));
    const socket = net.connect(port, hostname, () => done(null, "reached"));
    socket.once("error", done);
  },
};

const server = http.createServer((request, response) => {
  const url = new URL(request.url, "http://localhost");
  const answer = answers[url.pathname];
  if (!answer) return response.writeHead(404).end();
  const done = (error, text) => {
    response.writeHead(error ? 500 : 200).end(error ? String(error.code ?? error) : (text ?? ""));
  };
  // A program that may not be run is told of by an exception.
  try {
    answer(url, done);
  } catch (error) {
    done(error);
  }
});
server.listen(3000, "127.0.0.1");
process.on("SIGTERM", () => {
  server.closeAllConnections();
  server.close(() => process.exit(0));
});
