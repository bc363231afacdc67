/**
 * A receiver over a store on disk, alone in its process. node server.ts DIRECTORY; it says its
 * port.
 */
import { createServer } from "node:http";
import { Receiver } from "@pahlevan/signals/receiver.ts";
import { Store } from "../../../agent/store/store.ts";
import { knownSecrets } from "../../receiving.ts";

const [, , stateDirectory = ""] = process.argv;
const store = Store.open({ stateDirectory, decisionsKept: 1, signalsKept: 200_000 });
const receiver = new Receiver({
  secrets: knownSecrets,
  inbox: store.signals,
  nowMs: Date.now,
  complain: (says) => console.error(says),
  limits: { rate: { perSecond: 1e9, burst: 1e9 } },
});
const server = createServer((request, response) => void receiver.answer(request, response));
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`${typeof address === "object" ? address?.port : 0}\n`);
});
