/** One demo at a time: its containers have names. The kernel forgets the turn with the process. */
import { once } from "node:events";
import { createServer } from "node:net";

/** Of no file: an abstract socket. */
const name = "\0pahlevan-demo";

/** Until this process ends; false if another one has it. */
export async function takeTurn(): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(name);
    await once(server, "listening");
  } catch {
    return false;
  }
  server.unref();
  return true;
}
