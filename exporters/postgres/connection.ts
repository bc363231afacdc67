/** One connection to PostgreSQL, with TLS wherever the way there is not this host's own. */
import { readFileSync } from "node:fs";
import { Client, DatabaseError, type ClientConfig } from "pg";
import type { Place } from "./settings.ts";

/** TLS is set by settings: what a URL says of it would be done besides, or instead. */
const tlsByUrl = ["sslmode", "ssl", "sslcert", "sslkey", "sslrootcert", "sslnegotiation"];
const modes: Readonly<Record<string, Place["tls"]>> = {
  disable: "off",
  require: "on",
  "verify-ca": "on",
  "verify-full": "on",
  "no-verify": "unverified",
};

/** Throws a sentence, without the secret in it, where the settings do not go together. */
export function configOf(place: Place, name: string): ClientConfig {
  const url = URL.canParse(place.url) ? new URL(place.url) : undefined;
  if (url === undefined || !["postgres:", "postgresql:"].includes(url.protocol))
    throw new Error("url is no address such as postgres://USER@HOST:5432/DATABASE");
  const mode = url.searchParams.get("sslmode");
  const wanted = mode === null || place.tls !== "auto" ? place.tls : modes[mode];
  if (wanted === undefined)
    throw new Error(`url: sslmode=${mode} is not known here: the setting tls says the same`);
  for (const parameter of tlsByUrl) {
    if (parameter !== "sslmode" && url.searchParams.has(parameter))
      throw new Error(`url has ${parameter}: tls, ca-file, cert-file and key-file say the same`);
    url.searchParams.delete(parameter);
  }
  const tls = wanted === "auto" ? (isHere(url) ? "off" : "on") : wanted;
  return {
    connectionString: url.href,
    ssl: tls === "off" ? false : { rejectUnauthorized: tls === "on", ...filesOf(place) },
    connectionTimeoutMillis: place.timeout,
    query_timeout: place.timeout,
    statement_timeout: place.timeout,
    application_name: name,
    keepAlive: true,
  };
}

function filesOf(place: Place): { ca?: Buffer; cert?: Buffer; key?: Buffer } {
  const file = (name: "ca-file" | "cert-file" | "key-file") =>
    place[name] === "" ? undefined : readFileSync(place[name]);
  const [ca, cert, key] = [file("ca-file"), file("cert-file"), file("key-file")];
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

/** A socket, or an address of this host that no other can have. */
function isHere(url: URL): boolean {
  const host = url.searchParams.get("host") ?? url.hostname;
  return (
    host === "" ||
    host.startsWith("/") ||
    host.startsWith("%2F") ||
    host === "localhost" ||
    host === "[::1]" ||
    /^127(\.\d{1,3}){3}$/.test(host)
  );
}

export interface Connection {
  readonly client: Client;
  /** It came to an end by itself, and can be asked nothing any more. */
  readonly isLost: () => boolean;
  close(): Promise<void>;
}

/** For a server that does not take a goodbye. */
const goodbyeMs = 1_000;

export async function connect(config: ClientConfig, signal?: AbortSignal): Promise<Connection> {
  const client = new Client(config);
  let isLost = false;
  // Also while nobody asks it anything; whoever asks is told by the rejection.
  client.on("error", () => {
    isLost = true;
  });
  client.on("end", () => {
    isLost = true;
  });
  const connection = {
    client,
    isLost: () => isLost,
    close: async () => {
      const hangUp = setTimeout(() => client.connection.stream.destroy(), goodbyeMs).unref();
      await client.end().catch(() => {});
      clearTimeout(hangUp);
    },
  };
  await unlessAborted(connection, signal, () => client.connect());
  return connection;
}

/** Ends the connection, and so what is asked of it, once nobody waits any more. */
export async function unlessAborted<T>(
  { client }: Connection,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const hangUp = () => client.connection.stream.destroy();
  signal?.addEventListener("abort", hangUp, { once: true });
  try {
    return await work();
  } finally {
    signal?.removeEventListener("abort", hangUp);
  }
}

/** What PostgreSQL itself says, by its code; undefined of all other errors. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined;
}

/**
 * It lies with a record and not with the server: its data (22), a rule of the table (23), or a limit
 * (54). The same record will be refused again.
 */
export function isDataError(error: unknown): boolean {
  return /^(22|23|54)/.test(sqlState(error) ?? "");
}

/** One line, and of what the server quotes only the beginning. */
export function saidBy(error: unknown): string {
  const words = (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, " ");
  const said = words === "" ? "it hung up" : words;
  return said.length > 200 ? `${said.slice(0, 200)}…` : said;
}
