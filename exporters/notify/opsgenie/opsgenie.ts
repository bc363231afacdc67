/** The sink `opsgenie`: incidents as alerts of Opsgenie or Jira Service Management. */
import { httpKeys, HttpPeer } from "../../delivery/http.ts";
import { secretSetting, setting, url } from "../../settings.ts";
import type { SinkKind } from "../../sink.ts";
import { Notifier } from "../notifier.ts";
import { notifyBatch, notifyKeys } from "../settings.ts";
import { notifyEvents } from "../sink-parts.ts";
import { Opsgenie } from "./teller.ts";

const keys = {
  "api-key": secretSetting("The key of an API integration."),
  endpoint: setting(
    url("https", "http"),
    "https://api.opsgenie.com",
    "Opsgenie's API; of the EU: https://api.eu.opsgenie.com.",
  ),
  ...notifyKeys({ groupWaitMs: 0, repeatMs: 300_000, mostPerMinute: 60 }),
  ...httpKeys,
};

export const opsgenie = {
  type: "opsgenie",
  says: "Incidents as alerts in Opsgenie, closed when they are over.",
  keys,
  events: notifyEvents,
  metrics: false,
  batch: notifyBatch,
  make(settings, around) {
    const { endpoint, "api-key": apiKey } = settings;
    if (apiKey === "") throw new Error("api-key is empty");
    const teller = new Opsgenie(new HttpPeer(settings), endpoint, apiKey, around.nowMs);
    return new Notifier(settings, teller, around);
  },
} satisfies SinkKind<typeof keys>;
