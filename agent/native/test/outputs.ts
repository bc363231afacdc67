/** Where the Makefile puts what the tests use. */
import { fileURLToPath } from "node:url";

export const built = fileURLToPath(new URL("../../../build/native/", import.meta.url));
export const sanitizedAddon = fileURLToPath(
  new URL("../../../build/native-asan/pahlevan.node", import.meta.url),
);

export function program(name: "senses" | "broken" | "emit"): string {
  return `${built}test/${name}.bpf.o`;
}
