import { expect, test } from "vitest";
import { readApart } from "./read-apart.ts";
import { readContent } from "./read-content.ts";

const nowMs = Date.UTC(2026, 10, 22);
const policy = `
apiVersion: policy.pahlevan.io/v1alpha1
kind: PahlevanPolicy
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}, matchExpressions: [{key: tier, operator: In, values: [a, b]}]}
  learning: {duration: 2s, maxUnseenMass: 0.25}
  enforcement:
    mode: enforce
    canary: {steps: [1, 25%], stepDuration: 5m}
    files: {deniedPaths: [/etc/shadow, "/root/**"]}
    network: {allowedEgressPorts: [443], allowedEgressCIDRs: [10.0.0.0/8, "2001:db8::/32"]}
  webhooks: [{name: chat, url: {secretKeyRef: {name: s, key: k}}}]
`;
const files = [
  { file: "good.yaml", content: policy },
  { file: "wrong.yaml", content: policy.replace("mode: enforce", "mode: enforced") },
  { file: "no.yaml", content: "a: [" },
  { file: "large.yaml", content: `#${"x".repeat(2 << 20)}` },
];
const running = (script: string, ...options: string[]) => ({
  nowMs,
  program: [...options, "--eval", script],
});

test("what a process of its own reads is what would be read here", async () => {
  const here = files.map((file) => readContent(file, nowMs));
  expect(here.map(({ errors }) => errors.length > 0)).toEqual([false, true, true, true]);
  expect(await readApart(files, { nowMs })).toStrictEqual(here);
});

test("a process that hangs is ended, and that is the reason", async () => {
  const hanging = { ...running("setInterval(() => {}, 1_000)"), patienceMs: 300 };
  await expect(readApart(files, hanging)).rejects.toThrow("reading took longer than 0.3 s");
  const busy = { ...running("for (;;);"), patienceMs: 300 };
  await expect(readApart(files, busy)).rejects.toThrow("reading took longer than 0.3 s");
});

test("a process that dies says by its end why", async () => {
  const killed = running("process.kill(process.pid, 'SIGKILL')");
  await expect(readApart(files, killed)).rejects.toThrow("ended: SIGKILL");
  const thrown = running("throw new TypeError('no such thing')");
  await expect(readApart(files, thrown)).rejects.toThrow("ended: code 1; TypeError: no such thing");
  const full = running("for (const all = []; ;) all.push([...'0123456789'])", "--max-heap-size=16");
  await expect(readApart(files, full)).rejects.toThrow("ended: SIGABRT; it takes more than 256 MB");
});

test("an answer to another question is none", async () => {
  await expect(readApart(files, running("console.log('[]')"))).rejects.toThrow("something else");
  await expect(readApart(files, running("console.log('[')"))).rejects.toThrow("answered no JSON");
});

test("who does not need the answer any more ends the process", async () => {
  const stopped = new AbortController();
  const hanging = running("setInterval(() => {}, 1_000)");
  const reading = readApart(files, { ...hanging, signal: stopped.signal });
  stopped.abort();
  await expect(reading).rejects.toThrow("aborted");
});
