/**
 * The thread in which all sinks live: whatever one does there, who senses and enforces goes on. It
 * is begun by Outbox.
 */
import { parentPort, workerData } from "node:worker_threads";
import { Outgoing } from "../record.ts";
import { configured } from "./configured.ts";
import { Dispatch } from "./dispatch.ts";
import { kinds } from "./kinds.ts";
import type { Order, Said, ThreadData } from "./messages.ts";

const figuresMs = 1_000;

function begin(port: NonNullable<typeof parentPort>, data: ThreadData): void {
  const say = (said: Said) => port.postMessage(said);
  const { folder, ...rest } = data;
  const dispatch = new Dispatch({
    ...rest,
    ...(folder !== undefined && { folder }),
    complain: (name, says) => say({ say: "trouble", name, says }),
  });
  const tell = () => say({ say: "figures", figures: dispatch.figures() });
  const timer = setInterval(tell, figuresMs);

  const configure = async ({ number, written }: Extract<Order, { do: "configure" }>) => {
    const { sinks, errors, warnings } = await configured(written, process.env, kinds);
    // One mistake, and all stays as it was.
    const problems = errors.length > 0 ? errors : await dispatch.configure(sinks);
    const names = sinks.map(({ name }) => name);
    say({ say: "configured", number, errors: problems, warnings, names, ...dispatch.wishes });
    tell();
  };

  const stop = async (patienceMs: number) => {
    clearInterval(timer);
    await dispatch.stop(patienceMs);
    say({ say: "stopped", figures: dispatch.figures() });
    port.close();
  };

  // One order after another: what was sent before a change goes by the settings before it.
  let last: Promise<void> = Promise.resolve();
  port.on("message", (order: Order) => {
    switch (order.do) {
      case "configure":
        last = last.then(() => configure(order));
        break;
      case "send": {
        last = last.then(() => {
          dispatch.accept(recordsIn(order.lines));
          say({ say: "took", bytes: order.bytes });
        });
        break;
      }
      case "clean":
        last = last.then(() => dispatch.clean());
        break;
      case "metrics":
        dispatch.offerMetrics(order.snapshot);
        break;
      case "stop":
        void last.then(() => stop(order.patienceMs));
    }
  });
}

function* recordsIn(lines: string): Generator<Outgoing> {
  for (const line of lines.split("\n")) yield new Outgoing(line);
}

function isThreadData(data: unknown): data is ThreadData {
  return typeof data === "object" && data !== null && "host" in data && "version" in data;
}

if (parentPort === null || !isThreadData(workerData))
  throw new Error("this is a thread of the agent's, no program");
begin(parentPort, workerData);
