/** What a gRPC call's end means for what it carried. */
import type { IncomingHttpHeaders } from "node:http2";
import { statusIn, type Status } from "./fields.ts";
import { fewWords, tooLarge, type Outcome } from "./transport.ts";

const names = [
  "ok",
  "cancelled",
  "unknown",
  "invalid_argument",
  "deadline_exceeded",
  "not_found",
  "already_exists",
  "permission_denied",
  "resource_exhausted",
  "failed_precondition",
  "aborted",
  "out_of_range",
  "unimplemented",
  "internal",
  "unavailable",
  "data_loss",
  "unauthenticated",
] as const;
type Name = (typeof names)[number];

/** opentelemetry.io/docs/specs/otlp, the table of gRPC's codes. */
const retryable: ReadonlySet<Name> = new Set([
  "cancelled",
  "deadline_exceeded",
  "aborted",
  "out_of_range",
  "unavailable",
  "data_loss",
]);

/** What a proxy's HTTP status means (grpc.io, "HTTP to gRPC Status Code Mapping"). */
const byHttp: Readonly<Record<number, Name>> = {
  400: "internal",
  401: "unauthenticated",
  403: "permission_denied",
  404: "unimplemented",
  429: "unavailable",
  502: "unavailable",
  503: "unavailable",
  504: "unavailable",
};

/** Of headers and trailers together; `answer` is the message that came between them. */
export function outcomeOfCall(headers: IncomingHttpHeaders, answer: Uint8Array): Outcome {
  const name = nameOf(headers);
  if (name === "ok") return { is: "taken", answer };
  const { message, retryMs } = detailsOf(headers);
  const why = `it answers ${name.toUpperCase()}${message === "" ? "" : `: ${message}`}`;
  // Without RetryInfo it is not a lack that passes: mostly the message is larger than it takes.
  if (name === "resource_exhausted" && retryMs === undefined)
    return { is: "refused", reason: tooLarge, why };
  if (!retryable.has(name) && name !== "resource_exhausted")
    return { is: "refused", reason: `grpc_${name}`, why };
  return { is: "again", why, ...(retryMs !== undefined && { afterMs: retryMs }) };
}

function nameOf(headers: IncomingHttpHeaders): Name {
  const code = headers["grpc-status"];
  if (code === undefined) return byHttp[Number(headers[":status"])] ?? "unknown";
  return names[Number(code)] ?? "unknown";
}

function detailsOf(headers: IncomingHttpHeaders): Status {
  const binary = headers["grpc-status-details-bin"];
  const status = statusIn(Buffer.from(typeof binary === "string" ? binary : "", "base64"));
  const said = headers["grpc-message"];
  const text = typeof said === "string" ? decoded(said) : status.message;
  return { ...status, message: fewWords(text) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
