/** What peers answer in protobuf: OTLP's partial success, Google's Status and RetryInfo. */

type Field = number | Uint8Array;

/** Protobuf's wire format; what is cut off or unknown is left out. */
function* fieldsIn(bytes: Uint8Array): Generator<readonly [number: number, value: Field]> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; at < bytes.length; shift += 7) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    return value;
  };
  while (at < bytes.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        yield [number, varint()];
        break;
      case 1:
        at += 8;
        break;
      case 2: {
        const length = varint();
        yield [number, bytes.subarray(at, at + length)];
        at += length;
        break;
      }
      case 5:
        at += 4;
        break;
      default:
        return;
    }
  }
}

/**
 * Of any signal's Export…ServiceResponse: 1 partial_success (1 rejected, 2 error_message). Who
 * answers something else has taken all, too.
 */
export function partialSuccessIn(answer: Uint8Array): { rejected: number; says: string } {
  let [rejected, says] = [0, ""];
  for (const [number, partial] of fieldsIn(answer)) {
    if (number !== 1 || typeof partial === "number") continue;
    for (const [part, value] of fieldsIn(partial)) {
      if (part === 1 && typeof value === "number") rejected = value;
      if (part === 2 && typeof value !== "number") says = textIn(value);
    }
  }
  return { rejected, says };
}

export interface Status {
  readonly message: string;
  /** Of RetryInfo, where there is one: from then on it may be asked again. */
  readonly retryMs?: number;
}

/** google.rpc.Status: 2 message, 3 details (each an Any: 1 type_url, 2 value). */
export function statusIn(bytes: Uint8Array): Status {
  let message = "";
  let retryMs: number | undefined;
  for (const [number, value] of fieldsIn(bytes)) {
    if (typeof value === "number") continue;
    if (number === 2) message = textIn(value);
    if (number === 3) retryMs ??= retryIn(value);
  }
  return { message, ...(retryMs !== undefined && { retryMs }) };
}

/** google.rpc.RetryInfo: 1 retry_delay, a Duration (1 seconds, 2 nanos). */
function retryIn(any: Uint8Array): number | undefined {
  let type = "";
  let info = new Uint8Array();
  for (const [number, value] of fieldsIn(any)) {
    if (typeof value === "number") continue;
    if (number === 1) type = textIn(value);
    if (number === 2) info = new Uint8Array(value);
  }
  if (!type.endsWith("/google.rpc.RetryInfo")) return undefined;
  let ms = 0;
  for (const [number, delay] of fieldsIn(info)) {
    if (number !== 1 || typeof delay === "number") continue;
    for (const [part, value] of fieldsIn(delay))
      if (typeof value === "number") ms += part === 1 ? value * 1_000 : value / 1_000_000;
  }
  return ms;
}

function textIn(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
