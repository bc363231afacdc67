/** The two ends of a network fact; which of them a record knows follows from its kind. */
import type { Detail, Endpoint, Kind } from "@pahlevan/core/behaviour/event.ts";
import { ipv4At, ipv6At } from "./address.ts";
import { protocolName } from "./names/names.ts";
import type { RecordView } from "./record.ts";

const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;

type SocketKind = "connect" | "bind" | "listen" | "accept" | "send" | "flow";
type Socket = Omit<Extract<Detail, { kind: SocketKind }>, "kind">;

const ends: Record<SocketKind, readonly ("local" | "remote")[]> = {
  connect: ["remote"],
  send: ["remote"],
  bind: ["local"],
  listen: ["local"],
  accept: ["local", "remote"],
  flow: ["local", "remote"],
};

export function socketOf(kind: SocketKind & Kind, view: RecordView): Socket {
  const family = view.u16("family");
  const protocol = protocolName(view.u16("protocol"));
  if (family === AF_UNIX) {
    const path = view.text("object");
    return { protocol: "unix", family: "unix", ...(path === undefined ? {} : { path }) };
  }
  if (family !== AF_INET && family !== AF_INET6) return { protocol, family: "other" };
  const known = ends[kind].map((end) => [end, endpointOf(view, end)] as const);
  const isIpv6 = known.some(([, { address }]) => address.includes(":"));
  return {
    protocol,
    family: isIpv6 ? "ipv6" : "ipv4",
    ...Object.fromEntries(known),
    ...(kind === "flow"
      ? { bytesSent: view.u64("bytes_sent"), bytesReceived: view.u64("bytes_received") }
      : {}),
  };
}

export function endpointOf(view: RecordView, end: "local" | "remote"): Endpoint {
  const address = view.u16("family") === AF_INET6 ? ipv6At : ipv4At;
  const port = view.u16(end === "local" ? "local_port" : "remote_port");
  return { address: address(view.bytes, view.position(end)), port };
}
