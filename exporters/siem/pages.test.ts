/** The pages show what the code sends, and every setting (`vitest -u` writes them anew). */
import { expect, it } from "vitest";
import { aroundOf } from "../../test/exporters/settings-of.ts";
import { jsonBlock, pageWith, pathOfPage, settingsTable } from "../../test/exporters/page.ts";
import { examples } from "../examples.ts";
import { ecs } from "../formats/ecs.ts";
import { ocsf } from "../formats/ocsf.ts";
import { Outgoing } from "../record.ts";
import { elasticsearch } from "./elasticsearch/elasticsearch.ts";
import { templateFor } from "./elasticsearch/template.ts";
import { loki } from "./loki/loki.ts";
import { pushBody } from "./loki/streams.ts";
import { eventsBody } from "./splunk/events.ts";
import { splunk } from "./splunk/splunk.ts";

const around = aroundOf();
const [denied] = examples("2026-03-14T01:59:26.535897932Z");
const record = Outgoing.of(denied!);
const pushed = pushBody([record], { labels: {}, withMetadata: true }, around);
const placing = { index: "", source: "pahlevan", sourcetype: "pahlevan:event" };
const template = templateFor(
  "logs-pahlevan.events-default",
  { distribution: "", number: "" },
  around.version,
);

const pages = {
  elasticsearch: {
    sample: jsonBlock(ecs(denied!, around)),
    settings: settingsTable(elasticsearch.keys),
    template: jsonBlock(template),
  },
  loki: { sample: jsonBlock(JSON.parse(pushed)), settings: settingsTable(loki.keys) },
  splunk: {
    sample: jsonBlock(JSON.parse(eventsBody([record], placing, around))),
    settings: settingsTable(splunk.keys),
  },
  ocsf: { sample: jsonBlock(ocsf(denied!, around)) },
};

it.each(Object.entries(pages))("docs/exporters/%s.md is as the code is", async (name, parts) => {
  await expect(pageWith(name, parts)).toMatchFileSnapshot(pathOfPage(name));
});
