/**
 * A peer that is away while 50 000 records come each second, of which 5 000 are decisions: what
 * arrives once it is back, and what memory that takes. In a process of its own, as the agent is.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { Outbox } from "@pahlevan/exporters/dispatch/outbox.ts";
import type { Row } from "../row.ts";
import { CountingPeer } from "./peer.ts";
import { decisionLine, firstSightLine } from "./records.ts";

const perSecond = 50_000;
const decisionsOf = 10;
const awaySeconds = 30;
const sliceMs = 10;

interface Found {
  readonly decisions: number;
  readonly arrived: number;
  readonly records: number;
  readonly seconds: number;
  readonly beforeBytes: number;
  readonly mostBytes: number;
  readonly spilledBytes: number;
  readonly catchUpSeconds: number;
}

export async function away(): Promise<readonly Row[]> {
  const child = spawn(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [said] = await Promise.all([text(child.stdout), once(child, "exit")]);
  const found = foundIn(said);
  const { decisions, arrived, records, seconds, beforeBytes, mostBytes } = found;
  const megabytes = (bytes: number) => bytes / 2 ** 20;
  return [
    {
      name: `decisions lost, a peer away for ${awaySeconds} s`,
      value: decisions - arrived,
      unit: "of " + decisions,
      budget: "0",
      ok: decisions === arrived,
      exact: true,
      detail: `${Math.round(records / seconds)} records/s; ${megabytes(found.spilledBytes).toFixed(
        0,
      )} MB on disk; caught up in ${found.catchUpSeconds.toFixed(0)} s`,
    },
    {
      name: "memory, a dead peer at that rate",
      value: megabytes(mostBytes - beforeBytes),
      unit: "MB more",
      budget: "-",
      ok: true,
      detail: `${megabytes(beforeBytes).toFixed(0)} MB before, ${megabytes(mostBytes).toFixed(0)} at most, whole process`,
    },
  ];
}

function foundIn(said: string): Found {
  const found: unknown = JSON.parse(said);
  if (typeof found === "object" && found !== null && "arrived" in found && isFound(found))
    return found;
  throw new Error(`the run told: ${said}`);
}

function isFound(found: object): found is Found {
  return ["decisions", "records", "seconds", "mostBytes"].every((name) => name in found);
}

function residentBytes(): number {
  const [, pages = "0"] = readFileSync("/proc/self/statm", "utf8").split(" ");
  return Number(pages) * 4_096;
}

async function measure(): Promise<Found> {
  const folder = mkdtempSync(join(tmpdir(), "pahlevan-away-"));
  await using peer = await CountingPeer.start();
  const box = new Outbox({
    ...{ folder, host: "bench", cluster: "", version: "0" },
    complain: (says) => console.error(says),
  });
  const entries = Object.entries({ endpoint: peer.url, "batch-wait": "200ms" });
  const { errors } = await box.configure(
    entries.map(([key, value]) => ({ name: "otlp", key, value, origin: "bench" })),
  );
  if (errors.length > 0) throw new Error(errors.join("\n"));
  const beforeBytes = residentBytes();
  peer.away(true);
  let [records, decisions, mostBytes, spilledBytes] = [0, 0, 0, 0];
  const began = performance.now();
  for (;;) {
    const passed = performance.now() - began;
    if (passed > awaySeconds * 1_000) break;
    const due = Math.floor((passed / 1_000) * perSecond);
    for (; records < due; records++) {
      if (records % decisionsOf === 0) box.put("decision", decisionLine(decisions++));
      else box.put("behaviour", firstSightLine(records));
    }
    mostBytes = Math.max(mostBytes, residentBytes());
    await new Promise((go) => setTimeout(go, sliceMs));
  }
  const seconds = (performance.now() - began) / 1_000;
  spilledBytes = box.figures()[0]?.spilledBytes ?? 0;
  peer.away(false);
  const back = performance.now();
  let arrived = 0;
  let still = 0;
  // Until all are there, or nothing has come for half a minute.
  while (arrived < decisions && still < 30) {
    await new Promise((go) => setTimeout(go, 1_000));
    const now = await peer.decisions();
    still = now === arrived ? still + 1 : 0;
    arrived = now;
  }
  const catchUpSeconds = (performance.now() - back) / 1_000;
  await box.stop(0);
  rmSync(folder, { recursive: true });
  return {
    ...{ decisions, arrived, records, seconds },
    ...{ beforeBytes, mostBytes, spilledBytes, catchUpSeconds },
  };
}

if (import.meta.main) console.log(JSON.stringify(await measure()));
