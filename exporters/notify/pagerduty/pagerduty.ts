/** The sink `pagerduty`: incidents by the Events API v2. */
import { httpKeys, HttpPeer } from "../../delivery/http.ts";
import { secretSetting, setting, url } from "../../settings.ts";
import type { SinkKind } from "../../sink.ts";
import { Notifier } from "../notifier.ts";
import { notifyBatch, notifyKeys } from "../settings.ts";
import { notifyEvents } from "../sink-parts.ts";
import { PagerDuty } from "./teller.ts";

const keys = {
  "routing-key": secretSetting("The integration key of a service or an orchestration."),
  endpoint: setting(
    url("https", "http"),
    "https://events.pagerduty.com",
    "PagerDuty's Events API; of the EU: https://events.eu.pagerduty.com.",
  ),
  ...notifyKeys({ groupWaitMs: 0, repeatMs: 300_000, mostPerMinute: 60 }),
  ...httpKeys,
};

export const pagerduty = {
  type: "pagerduty",
  says: "Incidents in PagerDuty, resolved when they are over.",
  keys,
  events: notifyEvents,
  metrics: false,
  batch: notifyBatch,
  make(settings, around) {
    const peer = new HttpPeer(settings);
    const { endpoint, "routing-key": routingKey } = settings;
    if (routingKey === "") throw new Error("routing-key is empty");
    return new Notifier(settings, new PagerDuty(peer, endpoint, routingKey, around.nowMs), around);
  },
} satisfies SinkKind<typeof keys>;
