import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { count } from "@pahlevan/core/settings/values.ts";
import { secretSetting, setting, words } from "../settings.ts";
import type { SinkKind } from "../sink.ts";
import { configured, type Kinds, type Written } from "./configured.ts";
import { kindOf } from "./kind.ts";

const keys = {
  url: secretSetting("Where to."),
  channels: setting(words("names"), [], "Which."),
  size: setting(count(1, 10), 5, "How many."),
};
const made: unknown[] = [];
const chat: SinkKind<typeof keys> = {
  type: "chat",
  says: "Told.",
  keys,
  events: ["decision", "notice"],
  metrics: true,
  batch: ({ size }) => ({ records: size, bytes: 1_000, waitMs: 0 }),
  make(settings) {
    made.push(settings);
    return {
      send: async () => ({ sent: 0, again: [], refused: {} }),
      check: async () => "",
      close: async () => {},
    };
  },
};
const kinds: Kinds = {
  types: ["chat", "otlp"],
  load: async (type) => (type === "chat" ? kindOf(chat) : undefined),
};

function written(settings: Readonly<Record<string, string>>): Written[] {
  return Object.entries(settings).map(([path, value], at) => {
    const [name = "", key = ""] = path.split(".");
    return { name, key, value, origin: `pahlevan.yaml:${at + 1}` };
  });
}

test("a sink is named as one likes, or by its type, and gets its secret from where it is", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pahlevan-secret-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "url"), "https://b.example/hook\n");
  const found = await configured(
    written({
      "team-a.type": "chat",
      "team-a.url": "${CHAT_URL}",
      "team-a.events": "notice",
      "chat.url": `file:${folder}/url`,
    }),
    { CHAT_URL: "https://a.example/hook" },
    kinds,
  );
  expect(found.errors).toEqual([]);
  expect(found.warnings).toEqual([]);
  expect(
    found.sinks.map(({ name, type, prepared }) => [name, type, prepared.common.events]),
  ).toEqual([
    ["team-a", "chat", ["notice"]],
    ["chat", "chat", ["decision", "notice"]],
  ]);
  const around = {
    name: "",
    host: "",
    cluster: "",
    version: "",
    nowMs: () => 0,
    complain: () => {},
    enqueue: () => {},
    memory: { get: () => undefined, set: () => {}, delete: () => {}, entries: () => [] },
  };
  for (const { prepared } of found.sinks) prepared.make(around);
  expect(made).toEqual([
    { url: "https://a.example/hook", channels: [], size: 5 },
    { url: "https://b.example/hook", channels: [], size: 5 },
  ]);
});

test("the environment says the same, and has the last word", async () => {
  const { sinks, errors, rows } = await configured(
    written({ "team-a.type": "chat", "team-a.size": "2" }),
    {
      PAHLEVAN_EXPORTERS_TEAM_A_SIZE: "3",
      PAHLEVAN_EXPORTERS_TEAM_A_URL: "https://secret.example",
      PAHLEVAN_EXPORTERS_TEAM_B_TYPE: "chat",
      PAHLEVAN_EXPORTERS_TEAM_B_URL: "https://secret.example",
      PAHLEVAN_EXPORTERS_CHAT_URL: "https://secret.example",
    },
    kinds,
  );
  expect(errors).toEqual([]);
  expect(sinks.map(({ name, prepared }) => [name, prepared.limits.records])).toEqual([
    ["team-a", 3],
    ["team-b", 5],
    ["chat", 5],
  ]);
  expect(JSON.stringify(rows)).not.toContain("secret.example");
});

test("every mistake is told, where it is, with the nearest right name and without a secret", async () => {
  const { errors, sinks } = await configured(
    written({
      "chat.urll": "hush",
      "chat.size": "99",
      "chta.url": "hush",
      "team.type": "chatt",
      "quiet.type": "chat",
      "quiet.url": "${NOT_SET}",
      "late.type": "chat",
    }),
    { PAHLEVAN_EXPORTERS_NOBODY_URL: "hush" },
    kinds,
  );
  expect(sinks).toEqual([]);
  expect(errors).toEqual([
    expect.stringContaining("PAHLEVAN_EXPORTERS_NOBODY_URL: it names no exporter"),
    "pahlevan.yaml:1: exporters.chat.urll: chat has no such setting; did you mean url?",
    "pahlevan.yaml:3: exporters.chta: its type is not said; did you mean chat?",
    "pahlevan.yaml:4: exporters.team: there is no type 'chatt'; did you mean chat?",
    "pahlevan.yaml:6: exporters.quiet.url names ${NOT_SET}, which is not set",
    "exporters.late (chat): url is not set; it takes ${NAME} of the environment, or file:/PATH",
  ]);
  expect(errors.join()).not.toContain("hush");
});

test("what is named is in no error, whatever the setting", async () => {
  const settings = written({ "chat.url": "${U}", "chat.size": "${SIZE}" });
  const { errors } = await configured(settings, { U: "x", SIZE: "hush" }, kinds);
  expect(errors).toEqual(["exporters.chat (chat): size: it takes a whole number, 1 to 10"]);
});

test("a secret that is written out is warned of, and not shown", async () => {
  const { warnings, rows } = await configured(
    written({ "chat.url": "https://secret.example" }),
    {},
    kinds,
  );
  expect(warnings).toEqual([
    "pahlevan.yaml:1: exporters.chat.url is written out: name it, as ${NAME} or file:/PATH",
  ]);
  expect(rows).toEqual([
    { name: "exporters.chat.url", value: "(secret)", origin: "pahlevan.yaml:1" },
  ]);
});

test("another secret is another sink, the same settings are the same one", async () => {
  const of = async (secret: string) => {
    const { sinks } = await configured(written({ "chat.url": "${U}" }), { U: secret }, kinds);
    return sinks[0]?.fingerprint;
  };
  expect(await of("a")).toBe(await of("a"));
  expect(await of("a")).not.toBe(await of("b"));
});
