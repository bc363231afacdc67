/** One demo at a time: its containers have names. The kernel forgets the turn with the process. */
import { once } from "node:events";
import { createServer } from "node:net";
import { EnvironmentError } from "../exit.ts";

/** Of no file: an abstract socket. */
const name = "\0pahlevan-demo";

export async function takeTurn(): Promise<Disposable> {
  const server = createServer();
  try {
    server.listen(name);
    await once(server, "listening");
  } catch {
    throw new EnvironmentError("another demo runs on this host: wait until it has ended");
  }
  server.unref();
  return { [Symbol.dispose]: () => void server.close() };
}
