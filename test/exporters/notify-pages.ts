/** What the pages of docs/exporters show of the code: each sink's settings, and what it sends. */
import { bodyOf } from "@pahlevan/exporters/notify/webhook/body.ts";
import { signedHeaders, signingKeys } from "@pahlevan/exporters/notify/webhook/signature.ts";
import { cardMessage } from "@pahlevan/exporters/notify/teams/card.ts";
import { draftsOf } from "@pahlevan/exporters/notify/drafts.ts";
import { email } from "@pahlevan/exporters/notify/email/email.ts";
import { letterOf } from "@pahlevan/exporters/notify/email/mail.ts";
import { openAlert } from "@pahlevan/exporters/notify/opsgenie/alert.ts";
import { opsgenie } from "@pahlevan/exporters/notify/opsgenie/opsgenie.ts";
import { triggerEvent } from "@pahlevan/exporters/notify/pagerduty/event.ts";
import { pagerduty } from "@pahlevan/exporters/notify/pagerduty/pagerduty.ts";
import { slackMessage } from "@pahlevan/exporters/notify/slack/blocks.ts";
import { slack } from "@pahlevan/exporters/notify/slack/slack.ts";
import { teams } from "@pahlevan/exporters/notify/teams/teams.ts";
import { webhook } from "@pahlevan/exporters/notify/webhook/webhook.ts";
import { examples } from "@pahlevan/exporters/examples.ts";
import { Outgoing } from "@pahlevan/exporters/record.ts";
import type { Keys } from "@pahlevan/exporters/settings.ts";

const time = "2026-11-22T12:00:00.123456789Z";
const nowMs = Date.parse(time);
const sender = { cluster: "prod", host: "node-1" };

/** A refused act, the quarantine that followed, and the call. */
function incidentOf() {
  const batch = examples(time).map((line) => Outgoing.of(line));
  const where = { ...sender, byHost: false };
  const of = batch.filter(({ sort }) => ["decision", "transition", "notice"].includes(sort));
  const [draft] = draftsOf(of, () => undefined, where, nowMs).incidents;
  if (!draft) throw new Error("the examples open no incident");
  return draft.incident;
}

const json = (value: unknown) => JSON.stringify(value, null, 2);

function samples() {
  const incident = incidentOf();
  const message = { about: "incident", incident, handle: "" } as const;
  const mail = letterOf([message], { tag: "[Pahlevan]", domain: "acme.example" });
  const [decision] = examples(time);
  const { text } = bodyOf(decision ? [decision] : [], "cloudevents", sender);
  const keys = signingKeys("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");
  const headers = Object.entries(signedHeaders(keys, "example-1", nowMs, text));
  return {
    slack: json(slackMessage(message)),
    pagerduty: json(triggerEvent(incident, "(secret)")),
    opsgenie: json(openAlert(incident)),
    teams: json(JSON.parse(cardMessage(message))),
    email: [`Subject: ${mail.subject}`, `Message-ID: ${mail.messageId}`, "", mail.text].join("\n"),
    webhook: [
      "Content-Type: application/cloudevents+json; charset=utf-8",
      ...headers.map(([name, value]) => `${name}: ${value}`),
      "",
      json(JSON.parse(text)),
    ].join("\n"),
  };
}

function settingsTable(keys: Keys): string {
  const rows = Object.entries(keys).map(([name, { type, default: usual, doc, isSecret }]) => {
    const shown = usual === undefined ? "(has to be set)" : isSecret ? "" : type.show(usual);
    return `| \`${name}\` | ${shown === "" ? "" : `\`${shown}\``} | ${doc} |`;
  });
  return ["| setting | default | |", "|---|---|---|", ...rows]
    .join("\n")
    .replaceAll("`(has to be set)`", "has to be set");
}

const kinds = [slack, pagerduty, email, webhook, teams, opsgenie];

/** By page, what stands between its markers. */
export function pageParts() {
  const shown = samples();
  return kinds.map(({ type, keys }) => ({
    page: `docs/exporters/${type}.md`,
    sample: Object.entries(shown).find(([name]) => name === type)?.[1] ?? "",
    settings: settingsTable(keys),
  }));
}
