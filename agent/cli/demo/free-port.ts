/** A port that nobody listens at, on several addresses of this host at once. */
import { once } from "node:events";
import { createServer } from "node:net";

/** Below those that the kernel gives to whoever connects. */
const first = 20_000;
const many = 10_000;

export async function freePort(...addresses: readonly string[]): Promise<number> {
  for (;;) {
    const port = first + Math.floor(Math.random() * many);
    const free = await Promise.all(addresses.map((address) => isFree(address, port)));
    if (free.every(Boolean)) return port;
  }
}

async function isFree(address: string, port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, address);
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
