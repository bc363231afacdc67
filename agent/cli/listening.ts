/** Where `up` is reached, and whom it lets in there: its listener, its credentials, its TLS. */
import { later, send } from "@pahlevan/signals/answer.ts";
import { SecretError } from "@pahlevan/signals/credential-lines.ts";
import { Pull } from "@pahlevan/signals/pull.ts";
import { Receiver } from "@pahlevan/signals/receiver.ts";
import { Secrets } from "@pahlevan/signals/secrets.ts";
import { apiPage } from "../api/api-page.ts";
import type { HostEnforcement } from "../enforce/host-enforcement.ts";
import { LoopPages } from "../loop/loop-pages.ts";
import type { Move } from "../sense/control-protocol.ts";
import type { HttpServer, OtherPages } from "../sense/http.ts";
import type { Logger } from "../sense/log.ts";
import { portHolder } from "../sense/port-holder.ts";
import { WebConfig, WebConfigError } from "../sense/web/web-config.ts";
import type { Store } from "../store/store.ts";
import type { Config } from "./config/keys.ts";
import { address } from "@pahlevan/core/settings/values.ts";
import { EnvironmentError } from "./exit.ts";
import { loopOf } from "./loop/told.ts";

export function credentialsIn({ signalsSecrets: directory }: Config): Secrets {
  return startingWith(
    SecretError,
    () => new Secrets({ directory, environment: process.env }, Date.now()),
  );
}

export function webConfigIn({ webConfig }: Config, log: Pick<Logger, "warn">) {
  if (webConfig === "") return undefined;
  return startingWith(
    WebConfigError,
    () => new WebConfig(webConfig, Date.now(), (says) => log.warn(says)),
  );
}

export interface Sending {
  readonly config: Config;
  readonly store: Store;
  readonly secrets: Secrets;
  readonly enforcement: HostEnforcement;
  readonly log: Pick<Logger, "warn">;
}

/** Those who move loops from elsewhere: alerts, and operators. */
export function sendersTo({ config, store, secrets, enforcement, log }: Sending) {
  const { alertmanagerUrl } = config;
  const complain = (says: string) => log.warn(says);
  const receiver = new Receiver({
    inbox: store.signals,
    secrets,
    nowMs: Date.now,
    complain,
    ...(alertmanagerUrl !== "" && { pull: new Pull({ url: alertmanagerUrl }) }),
  });
  const loops = new LoopPages({
    door: receiver.door,
    counts: receiver.counts,
    loops: () => loopOf({ policies: enforcement.status() }),
    move: (move) => moved(enforcement, move),
    complain,
  });
  return { counts: receiver.counts, pages: [receiver, loops, apiPage] };
}

export function moved(enforcement: HostEnforcement, { kind, target, by, reason, all }: Move) {
  return enforcement.loop.operate(kind, target, by, { reason, all });
}

/** Of an agent that will have them: it is still attaching to the kernel. */
export const notYet: OtherPages = {
  handles: ({ url }) => url?.startsWith("/v1/") ?? false,
  answer: async (_, response) => send(response, later("the agent is still starting")),
};

export async function listen(
  http: HttpServer,
  { listen: { host, port } }: Config,
): Promise<number> {
  try {
    return await http.listen(host, port);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    const where = address.show({ host, port });
    if (code === "EADDRINUSE") {
      const holder = portHolder(port) ?? "another process";
      throw new EnvironmentError(`${where} is taken by ${holder}: end it, or use --listen`);
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new EnvironmentError(`cannot listen on ${where}: ${reason}; --listen takes another`);
  }
}

/** What is wrong at the start is told at the start, and nothing runs. */
function startingWith<T>(expected: new () => Error, begin: () => T): T {
  try {
    return begin();
  } catch (error) {
    if (error instanceof expected) throw new EnvironmentError(`up: ${error.message}`);
    throw error;
  }
}
