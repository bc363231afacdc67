/**
 * How unlike what servers do a behaviour is, at first sight: 0 to 1. What is known of it says more.
 */
import { readAddress } from "../behaviour/address.ts";
import type { Behaviour } from "../behaviour/behaviour.ts";
import { distanceOf } from "../behaviour/distance.ts";

const droppedHere = /^(?:\/tmp|\/var\/tmp|\/dev\/shm|\/run\/user)\/|^memfd:|\(deleted\)/;

const usual: Readonly<Record<Behaviour["facet"], number>> = {
  exec: 0.4,
  file: 0.1,
  network: 0.3,
  syscall: 0.2,
  capability: 0.5,
  credential: 0.5,
  mount: 0.8,
  namespace: 0.8,
  ptrace: 0.8,
  bpf: 0.8,
  module: 0.9,
  io_uring: 0.4,
};

export function oddityOf(behaviour: Behaviour): number {
  if (behaviour.facet === "exec") return droppedHere.test(behaviour.path) ? 1 : usual.exec;
  if (behaviour.facet === "network" && "address" in behaviour) {
    const isOut = behaviour.operation === "connect" || behaviour.operation === "send";
    const address = readAddress(behaviour.address);
    const isFar = address !== undefined && distanceOf(address) === "public";
    return isOut && isFar ? 0.7 : usual.network;
  }
  return usual[behaviour.facet];
}
