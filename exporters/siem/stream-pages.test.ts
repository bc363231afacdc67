/** The pages of streams show what the code sends, and every setting (`vitest -u` writes them). */
import { expect, it } from "vitest";
import { jsonBlock, pageWith, pathOfPage, settingsTable } from "../../test/exporters/page.ts";
import { aroundOf } from "../../test/exporters/settings-of.ts";
import { examples } from "../examples.ts";
import { cef } from "../formats/cef.ts";
import { falco } from "../formats/falco.ts";
import { formats } from "../formats/formats.ts";
import { Outgoing } from "../record.ts";
import { falcosidekick } from "./falco/sink.ts";
import { toldOf } from "./kafka/message.ts";
import { kafka } from "./kafka/sink.ts";
import { objectOf } from "./s3/object.ts";
import { columns } from "./s3/parquet.ts";
import { s3 } from "./s3/sink.ts";
import { messageOf, type Manner } from "./syslog/message.ts";
import { syslog } from "./syslog/sink.ts";

const around = aroundOf();
const [denied] = examples("2026-03-14T01:59:26.535897932Z");
const record = Outgoing.of(denied!);
const { key, headers, value } = toldOf(record, "pahlevan", around);
const told: unknown = JSON.parse(value);
const shape = { prefix: "pahlevan", file: "ndjson", format: "pahlevan" } as const;
const stored = await objectOf([record], shape, around);
const manner: Manner = {
  ...{ format: "rfc5424", facility: "authpriv", sdId: "pahlevan@32473", appName: "pahlevan" },
};

/** Without the mark, which nobody would see on the page. */
const message = messageOf(denied!, around, manner).replace("\uFEFF", "");
const text = (said: string) => ["```", said, "```"].join("\n");

const pages = {
  syslog: {
    sample: text(message),
    cef: text(cef(denied!, around)),
    settings: settingsTable(syslog.keys),
  },
  kafka: {
    sample: jsonBlock({ key, headers, value: told }),
    settings: settingsTable(kafka.keys),
  },
  s3: {
    name: text(stored.key),
    sample: jsonBlock(formats.pahlevan(denied!, around)),
    columns: columns.map((name) => `\`${name}\``).join(", "),
    settings: settingsTable(s3.keys),
  },
  falcosidekick: {
    sample: jsonBlock(falco(denied!, around)),
    settings: settingsTable(falcosidekick.keys),
  },
};

it.each(Object.entries(pages))("docs/exporters/%s.md is as the code is", async (name, parts) => {
  await expect(pageWith(name, parts)).toMatchFileSnapshot(pathOfPage(name));
});
