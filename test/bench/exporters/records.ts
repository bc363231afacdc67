/** Records as an agent tells them, as many as one likes: no two are the same. */
import { examples } from "@pahlevan/exporters/examples.ts";

const [decision, firstSight] = examples("2026-11-22T10:00:00.000000001Z").map((line) => ({
  ...line,
  time: new Date().toISOString(),
}));

/** Its number is in its object, eight digits: a peer can count them, whatever the format. */
export function decisionLine(at: number): string {
  const object = `/usr/bin/denied-act-${String(at).padStart(8, "0")}`;
  return JSON.stringify({ ...decision, id: `d-${at}`, object });
}

export function firstSightLine(at: number): string {
  return JSON.stringify({ ...firstSight, id: `f-${at}`, object: `tcp/203.0.113.9:${at}/out` });
}
