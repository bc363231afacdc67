/** What is wrong with a request before anything of its body is read. */
import type { IncomingMessage } from "node:http";
import { refusal, type Answer } from "./answer.ts";
import type { Sender } from "./credential-lines.ts";

/** So much of a body that is not wanted is read, so that its sender hears the answer. */
const readAnywayBytes = 64 << 10;

export function unfitness(
  sender: Sender,
  { method = "", headers }: IncomingMessage,
): Answer | undefined {
  // Grafana can be told to PUT.
  const methods = sender === "grafana" ? ["POST", "PUT"] : ["POST"];
  if (!methods.includes(method)) {
    const allow = methods.join(", ");
    return refusal(405, `${allow} only`, { headers: { allow } });
  }
  if (!/^application\/json *(?:;|$)/i.test(headers["content-type"] ?? "")) {
    return refusal(415, "content-type: it takes application/json");
  }
  if ((headers["content-encoding"] ?? "identity") !== "identity") {
    return refusal(415, "content-encoding: it takes none");
  }
  return undefined;
}

/** Too long to be read only to be thrown away. */
export function isLong({ headers }: IncomingMessage): boolean {
  return (
    headers["transfer-encoding"] !== undefined ||
    Number(headers["content-length"] ?? 0) > readAnywayBytes
  );
}
