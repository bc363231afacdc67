/** Where `up` is reached, and whom it lets in there: its listener, its credentials, its TLS. */
import { SecretError } from "@pahlevan/signals/credential-lines.ts";
import { Secrets } from "@pahlevan/signals/secrets.ts";
import type { HttpServer } from "../sense/http.ts";
import type { Logger } from "../sense/log.ts";
import { portHolder } from "../sense/port-holder.ts";
import { WebConfig, WebConfigError } from "../sense/web/web-config.ts";
import type { Config } from "./config/keys.ts";
import { address } from "./config/values.ts";
import { EnvironmentError } from "./exit.ts";

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
