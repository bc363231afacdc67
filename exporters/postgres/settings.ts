/** What the postgres sink is told: where the database is, whom to trust, and what the table is. */
import { choice, duration, text, type ValueType } from "@pahlevan/core/settings/values.ts";
import { batchKeys } from "../delivery/http.ts";
import { secretSetting, setting, type Values } from "../settings.ts";

/** Written into statements, so that nothing else may be in it. */
const identifier: ValueType<string> = {
  says: "a name of lower-case letters, digits and _, at most 48",
  parse(value) {
    if (!/^[a-z_][a-z0-9_]{0,47}$/.test(value))
      throw new Error(`is '${value}'; it takes ${this.says}`);
    return value;
  },
  show: (value) => value,
};

const year = 8_760 * 3_600_000;

export const placeKeys = {
  url: secretSetting(
    "postgres://USER:PASSWORD@HOST:5432/DATABASE. A password may be left to PGPASSWORD or ~/.pgpass.",
  ),
  schema: setting(identifier, "pahlevan", "The table's schema; made where it is not there."),
  table: setting(identifier, "events", "The table; made where it is not there."),
  tls: setting(
    choice("auto", "on", "unverified", "off"),
    "auto",
    "`on`: with a certificate that is proven; `unverified`: any certificate will do, for a test; `auto`: on, but for this very host.",
  ),
  "ca-file": setting(
    text("a file"),
    "",
    "Who signed the server's certificate. Empty: who Node trusts.",
  ),
  "cert-file": setting(text("a file"), "", "Our certificate, where the server asks for one."),
  "key-file": setting(text("a file"), "", "Its key."),
  timeout: setting(duration(100, 300_000), 10_000, "How long the server may take to answer."),
};

export type Place = Values<typeof placeKeys>;

export const keys = {
  ...placeKeys,
  "keep-for": setting(
    duration(0, 10 * year),
    0,
    "Older rows are deleted, a few with each batch. 0s: none is.",
  ),
  ...batchKeys(1_000, 4 << 20, 1_000),
};

export type Settings = Values<typeof keys>;

export const placeDefaults: Omit<Place, "url"> = {
  schema: "pahlevan",
  table: "events",
  tls: "auto",
  "ca-file": "",
  "cert-file": "",
  "key-file": "",
  timeout: 10_000,
};
