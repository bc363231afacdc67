/** The sink `slack`: incidents in a channel. */
import { text } from "@pahlevan/core/settings/values.ts";
import { httpKeys, HttpPeer } from "../../delivery/http.ts";
import { secretSetting, setting, url } from "../../settings.ts";
import type { SinkKind } from "../../sink.ts";
import { Notifier } from "../notifier.ts";
import { notifyBatch, notifyKeys } from "../settings.ts";
import { requireWebAddress, notifyEvents } from "../sink-parts.ts";
import { SlackBot, SlackWebhook } from "./teller.ts";

const keys = {
  token: secretSetting(
    "A bot's token (xoxb-…) that may chat:write: a thread for each incident.",
    "",
  ),
  channel: setting(text("a channel"), "", "Where the bot posts: a channel's id, or its name."),
  "webhook-url": secretSetting("Instead of a bot: an incoming webhook. It knows no threads.", ""),
  endpoint: setting(url("https", "http"), "https://slack.com/api", "Slack's Web API."),
  ...notifyKeys({ groupWaitMs: 10_000, repeatMs: 300_000, mostPerMinute: 20 }),
  ...httpKeys,
};

export const slack = {
  type: "slack",
  says: "Incidents in a Slack channel, a thread each, marked when they are over.",
  keys,
  events: notifyEvents,
  metrics: false,
  batch: notifyBatch,
  make(settings, around) {
    const { token, channel, endpoint, "webhook-url": webhook } = settings;
    if ((token === "") === (webhook === ""))
      throw new Error("takes either token and channel, or webhook-url");
    if (token !== "" && channel === "") throw new Error("token also needs channel");
    if (webhook !== "") requireWebAddress("webhook-url", webhook);
    const peer = new HttpPeer(settings);
    const teller =
      webhook === ""
        ? new SlackBot(peer, { endpoint, token, channel }, around.nowMs)
        : new SlackWebhook(peer, webhook, channel, around.nowMs);
    return new Notifier(settings, teller, around);
  },
} satisfies SinkKind<typeof keys>;
