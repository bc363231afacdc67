/** Who talked to whom in a network fact: its client is the source, its server the destination. */
import type { EventLine } from "@pahlevan/core/behaviour/event-line.ts";

export interface End {
  readonly address: string;
  readonly port: number;
}

export interface Ends {
  readonly source?: End;
  readonly destination?: End;
}

export function endsOf({ facet, kind, object, detail }: EventLine): Ends {
  if (facet !== "network") return {};
  if (kind === "dns") return named(undefined, endIn(detail["server"]));
  const [local, remote] = [endIn(detail["local"]), endIn(detail["remote"])];
  const comesIn = kind === "accept" || kind === "bind" || kind === "listen";
  return comesIn || object.endsWith("/in") ? named(remote, local) : named(local, remote);
}

function named(source: End | undefined, destination: End | undefined): Ends {
  return { ...(source && { source }), ...(destination && { destination }) };
}

function endIn(value: unknown): End | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (!("address" in value) || !("port" in value)) return undefined;
  const { address, port } = value;
  return typeof address === "string" && typeof port === "number" ? { address, port } : undefined;
}
