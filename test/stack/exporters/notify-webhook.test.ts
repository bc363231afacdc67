/** What we sign, our own receiver of Standard Webhooks takes for what its sender wrote. */
import { expect, it } from "vitest";
import { webhook } from "@pahlevan/exporters/notify/webhook/webhook.ts";
import { denied, inTime, settingsOf, Trying } from "../../exporters/notify-trying.ts";
import { known, Receiving, RememberingInbox } from "../../receiving.ts";

const nextSecret = ["whsec", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="].join("_");

/** It reads signals alone: of a record of ours it says that it cannot, once it trusts it. */
async function whyRefused(secret: string, clockMs = Date.now()): Promise<string> {
  await using receiving = await Receiving.start({ inbox: new RememberingInbox() });
  const around = new Trying();
  around.clockMs = clockMs;
  const written = { url: `${receiving.url}/generic`, secret, format: "pahlevan" };
  const sink = webhook.make(settingsOf(webhook.keys, written), around);
  const { why } = await sink.send([denied()], inTime);
  await sink.close();
  return why ?? "";
}

it("by the right key", async () => {
  expect(await whyRefused(known.generic)).toMatch(/answers 4\d\d: .*type/);
});

it("by the new key and the old one, whichever the receiver has", async () => {
  expect(await whyRefused(`${nextSecret},${known.generic}`)).toMatch(/answers 4\d\d: .*type/);
});

it("and by no other key, without one, or long ago", async () => {
  for (const refused of [
    whyRefused(nextSecret),
    whyRefused(""),
    whyRefused(known.generic, Date.now() - 3_600_000),
  ])
    expect(await refused).toMatch(/answers 401/);
});
