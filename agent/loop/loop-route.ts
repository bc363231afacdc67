/** What a request to /v1/loop is about, by its method and its address alone. */
import type { IncomingMessage } from "node:http";
import { signalKinds, type SignalKind } from "@pahlevan/core/loop/signal.ts";
import { didYouMean } from "@pahlevan/core/policy/nearest.ts";
import { refusal, type Answer } from "@pahlevan/signals/answer.ts";
import { unfitness } from "@pahlevan/signals/fitness.ts";
import { isForAll } from "./for-all.ts";

export interface LoopRoute {
  readonly namespace?: string;
  /** Absent: every one, also where a lever is pulled. */
  readonly policy?: string;
  /** Absent: it only asks. */
  readonly lever?: SignalKind;
}

const prefix = "/v1/loop";
const forms =
  "GET /v1/loop, GET /v1/loop/{policy}, POST /v1/loop/{policy}:{lever}, " +
  "POST /v1/loop:emergency, POST /v1/loop:resume";

export function isAboutLoops({ url = "" }: Pick<IncomingMessage, "url">): boolean {
  return /^\/v1\/loop(?:[:/?]|$)/.test(url);
}

export function loopRoute(request: IncomingMessage): LoopRoute | Answer {
  const { method = "", url = "" } = request;
  const address = URL.parse(url, "http://agent");
  const what = address?.pathname.startsWith(prefix) ? decoded(address.pathname) : undefined;
  if (address === null || what === undefined) return refusal(404, `there are ${forms}`);
  // A parameter that is mistyped must not leave another policy meant.
  const [unknown] = [...address.searchParams.keys()].filter((key) => key !== "namespace");
  if (unknown !== undefined) return refusal(400, `it takes the parameter namespace only`);
  const namespace = address.searchParams.get("namespace");
  const within = namespace === null ? {} : { namespace };
  const isOfAll = address.pathname.startsWith(`${prefix}:`);
  if (method === "GET" && isOfAll) return refusal(404, `there are ${forms}`);
  if (method === "GET") return { ...within, ...(what !== "" && { policy: what }) };
  const unfit = unfitness("operator", request);
  if (unfit?.status === 405) return refusal(405, `there are ${forms}`, { headers: allowed });
  if (unfit !== undefined) return unfit;
  const colon = what.lastIndexOf(":");
  const [policy, written] = [what.slice(0, colon), what.slice(colon + 1)];
  const lever = signalKinds.find((kind) => kind === (isOfAll ? what : written));
  if (isOfAll && lever !== undefined && isForAll(lever)) return { ...within, lever };
  if (isOfAll || colon <= 0) return refusal(404, `there are ${forms}`);
  if (lever !== undefined) return { ...within, policy, lever };
  const hint = didYouMean(written, signalKinds) || `; there are ${signalKinds.join(", ")}`;
  return refusal(404, `no lever is named so${hint}`);
}

const allowed = { allow: "GET, POST" };

/** What comes after "/v1/loop/", or "/v1/loop:". */
function decoded(pathname: string): string | undefined {
  try {
    return decodeURIComponent(pathname.slice(prefix.length + 1));
  } catch {
    return undefined;
  }
}
