/**
 * Ends threads amid what they do with the addon, with nothing closed: a thread that is being
 * terminated can neither call JavaScript nor throw. Prints "ended" when it outlived them all.
 */
import { isMainThread, Worker } from "node:worker_threads";
import { BpfObject, Ring } from "../index.ts";
import { program } from "./outputs.ts";
import { request } from "./emit.ts";

const threads = 150;

function busy(): void {
  const object = new BpfObject(program("emit"));
  object.load();
  const ring = new Ring(object.map("ring"));
  const emit = () => object.testRun("emit", request(3));
  ring.start(() => ring.rearm()); // nothing is ever read: it calls again, and again
  setInterval(emit);
  emit();
  console.log("started");
}

if (isMainThread) {
  for (let i = 0; i < threads; i++) {
    const worker = new Worker(new URL(import.meta.url), { stdout: true });
    await new Promise((resolve) => worker.stdout.once("data", resolve));
    await new Promise((resolve) => setTimeout(resolve, i % 3));
    await worker.terminate();
  }
  console.log("ended");
} else {
  busy();
}
