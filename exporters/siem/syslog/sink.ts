/**
 * Syslog: the oldest way to a SIEM. It has no acknowledgement: `sent` is what the system has taken
 * for a connection that stood before and after.
 */
import { bytes, choice, text } from "@pahlevan/core/settings/values.ts";
import { batchKeys, batchOf } from "../../delivery/http.ts";
import type { Outgoing } from "../../record.ts";
import { setting, url, type Values } from "../../settings.ts";
import { refuse, together, tryAgain } from "../../sink.ts";
import type { Around, Report, Sink, SinkKind } from "../../sink.ts";
import { Datagrams } from "./datagrams.ts";
import { fitting } from "./fitting.ts";
import { facilities, messageFormats, messageOf, type Facility } from "./message.ts";
import { Stream, streamKeys } from "./stream.ts";

const facilityNames = Object.keys(facilities).filter(
  (name): name is Facility => name in facilities,
);

const keys = {
  url: setting(
    url("tls", "tcp", "udp"),
    undefined,
    "tls://HOST:6514, tcp://HOST:514 or udp://HOST:514.",
  ),
  format: setting(
    choice(...messageFormats),
    "rfc5424",
    "Fields as structured data and a sentence, one JSON object, or CEF.",
  ),
  facility: setting(choice(...facilityNames), "authpriv", "Under which facility."),
  "app-name": setting(text("a name"), "pahlevan", "APP-NAME of each message."),
  "sd-id": setting(
    text("NAME@NUMBER"),
    "pahlevan@32473",
    "Of the structured data. 32473 is the number that RFC 5612 keeps for examples.",
  ),
  framing: setting(
    choice("octet-counting", "newline"),
    "octet-counting",
    "How messages are told apart over TCP and TLS.",
  ),
  "message-bytes": setting(
    bytes(480, 1 << 20),
    8_192,
    "The longest message over TCP and TLS. rsyslog takes 8Ki unless it is told otherwise.",
  ),
  "datagram-bytes": setting(
    bytes(480, 65_507),
    1_400,
    "The longest over UDP: what is longer than the path's MTU is lost with any of its parts.",
  ),
  ...streamKeys,
  ...batchKeys(1_000, 1 << 20, 1_000),
};

type Settings = Values<typeof keys>;

/** What is written at once, and so is sent, or not, together. */
const mostPartBytes = 64 << 10;

const defaultPorts: Readonly<Record<string, number>> = { "tls:": 6514, "tcp:": 514, "udp:": 514 };

export const syslog = {
  type: "syslog",
  says: "Records as syslog messages (RFC 5424), by TLS, TCP or UDP.",
  keys,
  events: ["decision", "transition", "notice"],
  metrics: false,
  batch: batchOf,
  make: (settings, around) => new Syslog(settings, around),
} satisfies SinkKind<typeof keys>;

interface Message {
  readonly record: Outgoing;
  readonly bytes: Buffer;
}

class Syslog implements Sink {
  readonly #settings: Settings;
  readonly #around: Around;
  readonly #way: Stream | Datagrams;
  readonly #where: string;
  readonly #mostBytes: number;

  constructor(settings: Settings, around: Around) {
    const { protocol, hostname, port: given } = new URL(settings.url);
    const host = hostname.replace(/^\[(.*)\]$/, "$1");
    if (host === "") throw new Error("url: names no host");
    if (!/^[\x21-\x7e]{1,32}$/.test(settings["sd-id"]) || /[=\]"]/.test(settings["sd-id"]))
      throw new Error("sd-id: is no SD-NAME of RFC 5424; it takes NAME@NUMBER");
    const port = given === "" ? (defaultPorts[protocol] ?? 514) : Number(given);
    const isUdp = protocol === "udp:";
    this.#settings = settings;
    this.#around = around;
    this.#where = `${host}:${port}`;
    this.#mostBytes = settings[isUdp ? "datagram-bytes" : "message-bytes"];
    this.#way = isUdp
      ? new Datagrams(host, port)
      : new Stream({ host, port, isTls: protocol === "tls:" }, settings);
  }

  async send(batch: readonly Outgoing[], signal: AbortSignal): Promise<Report> {
    const messages: Message[] = [];
    const tooLong: Outgoing[] = [];
    for (const record of batch) {
      const message = this.#message(record);
      if (message === undefined) tooLong.push(record);
      else messages.push({ record, bytes: message });
    }
    const report = await this.#write(messages, signal);
    if (tooLong.length === 0) return report;
    const why = `${tooLong.length} longer than ${this.#mostBytes} bytes`;
    return together(report, refuse(tooLong, "too_large", why));
  }

  async check(signal: AbortSignal): Promise<string> {
    if (this.#way instanceof Datagrams) {
      await this.#way.open();
      return `datagrams go to ${this.#where}; nobody says whether they arrive`;
    }
    const socket = await this.#way.open(signal);
    const how = "getProtocol" in socket ? "by TLS" : "by TCP, in the clear";
    return `${this.#where} takes connections ${how}; syslog does not say what it keeps`;
  }

  close(): Promise<void> {
    this.#way.close();
    return Promise.resolve();
  }

  #message({ line }: Outgoing): Buffer | undefined {
    const { format, facility } = this.#settings;
    const manner = {
      ...{ format, facility },
      sdId: this.#settings["sd-id"],
      appName: this.#settings["app-name"],
    };
    for (const each of fitting(line)) {
      const message = Buffer.from(messageOf(each, this.#around, manner));
      if (message.length <= this.#mostBytes) return message;
    }
    return undefined;
  }

  async #write(messages: readonly Message[], signal: AbortSignal): Promise<Report> {
    let sent = 0;
    try {
      for (const part of this.#parts(messages)) {
        if (this.#way instanceof Datagrams) await this.#way.send(part.bytes);
        else await this.#way.write(part.bytes, signal);
        sent += part.count;
      }
    } catch (error) {
      const rest = messages.slice(sent).map(({ record }) => record);
      const why = error instanceof Error ? error.message : String(error);
      return { ...tryAgain(rest, `${this.#where}: ${why}`), sent };
    }
    return { sent, again: [], refused: {} };
  }

  *#parts(messages: readonly Message[]): Generator<{ bytes: Buffer; count: number }> {
    if (this.#way instanceof Datagrams) {
      for (const { bytes } of messages) yield { bytes, count: 1 };
      return;
    }
    let part: Buffer[] = [];
    let [size, count] = [0, 0];
    for (const { bytes } of messages) {
      const framed = this.#framed(bytes);
      if (count > 0 && size + framed.length > mostPartBytes) {
        yield { bytes: Buffer.concat(part), count };
        [part, size, count] = [[], 0, 0];
      }
      part.push(framed);
      size += framed.length;
      count += 1;
    }
    if (count > 0) yield { bytes: Buffer.concat(part), count };
  }

  #framed(message: Buffer): Buffer {
    return this.#settings.framing === "newline"
      ? Buffer.concat([message, Buffer.from("\n")])
      : Buffer.concat([Buffer.from(`${message.length} `), message]);
  }
}
