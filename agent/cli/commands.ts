/**
 * The table of commands. Light on purpose: `--help` reads only this; a command's code loads when it
 * runs.
 */
import { facets, kinds } from "@pahlevan/core/behaviour/event.ts";
import type { Command } from "./command.ts";
import type { KeyName } from "./config/keys.ts";
import { sortNames } from "./decisions/sorts.ts";
import { config, output } from "./options.ts";
import { notifyCommands } from "./exporters/commands.ts";
import { datadogCommands } from "./datadog/commands.ts";
import { loopCommands } from "./loop/commands.ts";
import { policyCommands } from "./policy/commands.ts";
import { profileCommands } from "./profile/commands.ts";

const sensing: readonly KeyName[] = [
  "ringBufferSize",
  "maxInstances",
  "seenEntries",
  "seenEntriesOwn",
  "seenEntriesMost",
  "fullRecordsPerSecond",
  "cgroupHierarchy",
  "facetsOff",
  "metadataWait",
  "processTableSize",
];
const storing: readonly KeyName[] = [
  "stateDirectory",
  "learning",
  "saveInterval",
  "decisionsKept",
  "eventsKeptFor",
  "eventsSize",
  "eventsFirstSights",
];
const enforcing: readonly KeyName[] = ["policy", "maxPolicies", "pinDirectory"];
const looping: readonly KeyName[] = [
  "cluster",
  "signalsSecrets",
  "alertmanagerUrl",
  "heartbeat",
  "heartbeatTimeout",
  "levers",
  "weights",
  "freshFor",
  "coolDown",
  "mostReturns",
  "candidateExpiry",
  "blastRadius",
];
const kindNames = Object.keys(kinds);

const up: Command = {
  name: "up",
  summary: "watch this host, learn its workloads and hold them to policies; metrics on :9464",
  usage: "pahlevan up [OPTIONS]",
  about:
    "Runs until SIGTERM or Ctrl-C, and leaves nothing attached; but policies stay in force until the\nnext start unless it was Ctrl-C that ended it.",
  options: {
    release: { doc: "lift what an agent that ended left in force, and end" },
    config,
  },
  settings: [
    "listen",
    "webConfig",
    "maxSeries",
    "controlSocket",
    "logFormat",
    "logLevel",
    "logInterval",
    "journalSize",
    "observeBuffer",
    ...enforcing,
    ...looping,
    ...storing,
    ...sensing,
  ],
  examples: [
    ["pahlevan up", "watch everything"],
    ["pahlevan up --policy policies/", "learn what they select, then enforce"],
    ["pahlevan up --release", "nothing of Pahlevan is left in the kernel"],
    ["pahlevan up --listen :9464 --log-format json", "let Prometheus scrape it from elsewhere"],
  ],
  load: () => import("./up.ts"),
};

export const commands: readonly Command[] = [
  up,
  {
    ...up,
    name: "agent",
    sameAs: up.name,
    summary: "the same as up, by the name that it has in service managers and containers",
    usage: "pahlevan agent [OPTIONS]",
    examples: up.examples.map(([line, says]) => [line.replace(" up", " agent"), says]),
  },
  {
    name: "demo",
    summary: "see it work: a shop is learned, guarded, broken into, changed and healed",
    usage: "pahlevan demo [--alone] [--keep FOLDER]",
    about:
      "Starts three small containers, an agent of its own and, where they are installed, Prometheus and\nAlertmanager; leaves nothing behind, also when Ctrl-C ends it.",
    options: {
      alone: { doc: "without Prometheus and Alertmanager, also where they are installed" },
      keep: { value: "FOLDER", doc: "keep what it wrote: its policy, its store, its logs" },
    },
    settings: [],
    examples: [
      ["pahlevan demo", "nothing to configure"],
      ["pahlevan demo --alone", "the node drives its loop by itself"],
    ],
    load: () => import("./demo/demo.ts"),
  },
  {
    name: "run",
    summary: "run a command as a workload of its own, then sum up",
    usage: "pahlevan run [OPTIONS] -- COMMAND [ARGUMENT…]",
    about:
      "The command is watched from its first exec. Its exit code becomes Pahlevan's; the summary\ngoes to stderr, so that the command's own output stays its own. What it did is merged into\nthe stored profile of the workload (pahlevan profile show NAME).",
    takesCommand: true,
    options: {
      name: { value: "NAME", doc: "name of the workload (default: the command's)" },
      enforce: { doc: "hold it to what was learned of it: what it never did is denied" },
      output,
      "summary-file": { value: "FILE", doc: "write the summary there instead of to stderr" },
      config,
    },
    settings: ["stateDirectory", "learning", "saveInterval", "maxPolicies", ...sensing],
    examples: [
      ["pahlevan run -- ls /etc/ssl", "what does ls do?"],
      ["pahlevan run --name web -o json -- nginx -g 'daemon off;'", "for machines"],
      ["pahlevan run --name web --enforce -- nginx -g 'daemon off;'", "and nothing else"],
    ],
    load: () => import("./run.ts"),
  },
  {
    name: "observe",
    summary: "follow what is seen, live",
    usage: "pahlevan observe [OPTIONS]",
    about:
      "Attaches to the agent that `pahlevan up` runs; without one it senses by itself, and says so.",
    options: {
      workload: { value: "NAME", many: true, doc: "only these workloads (* matches anything)" },
      namespace: { value: "NAME", many: true, doc: "only these namespaces" },
      facet: { value: "FACET", many: true, choices: facets, doc: `any of ${facets.join(", ")}` },
      kind: {
        value: "KIND",
        many: true,
        choices: kindNames,
        doc: `any of ${kindNames.join(", ")}`,
      },
      every: {
        value: "KIND",
        many: true,
        choices: kindNames,
        doc: "every occurrence of this kind, not only the first",
      },
      decisions: { doc: "only what policies decided" },
      "since-start": { doc: "begin with what the agent has seen since it started" },
      output,
      config,
    },
    settings: ["controlSocket", "observeBuffer", "maxPolicies", ...sensing],
    examples: [
      ["pahlevan observe --facet exec,network", "programs and connections"],
      ["pahlevan observe --workload 'nginx*' --every open", "every file that nginx opens"],
      ["pahlevan observe --decisions", "what is denied, and would be, and why"],
      ["pahlevan observe -o json | jq .object", "one object a line"],
    ],
    load: () => import("./observe.ts"),
  },
  {
    name: "debug system-capabilities",
    summary: "what this kernel can do for Pahlevan, and why not more",
    usage: "pahlevan debug system-capabilities [-o text|json]",
    options: {
      output,
    },
    settings: [],
    examples: [
      ["pahlevan debug system-capabilities", "the tier of each sense, and what is missing"],
    ],
    load: () => import("./debug-capabilities.ts"),
  },
  {
    name: "debug bundle",
    summary: "pack what support needs into one file",
    usage: "pahlevan debug bundle [-o FILE.tar.gz]",
    about: "Never contains file contents, environment variables or arguments of processes.",
    options: {
      output: { short: "o", value: "FILE", doc: "default: pahlevan-debug-DATE.tar.gz here" },
      config,
    },
    settings: ["controlSocket"],
    examples: [["pahlevan debug bundle -o /tmp/pahlevan.tar.gz", "then attach it to an issue"]],
    load: () => import("./debug-bundle.ts"),
  },
  {
    name: "config check",
    summary: "show the settings in force, where each comes from, and every mistake",
    usage: "pahlevan config check [--config FILE] [--offline] [-o text|json]",
    about:
      "Asks the peer of each exporter, changing as little there as it can, and says what it found.\nSecrets are never shown.",
    options: {
      offline: { doc: "ask nobody" },
      output,
      config,
    },
    settings: [],
    examples: [
      ["pahlevan config check --config ./pahlevan.yaml", "exit code 1 if it has mistakes"],
    ],
    load: () => import("./config-check.ts"),
  },
  {
    name: "decisions query",
    summary: "what policies decided on this host and why, and what else happened",
    usage: "pahlevan decisions query [OPTIONS]",
    about:
      "The newest last, out of the store. `pahlevan observe --decisions` follows them live.\n" +
      "docs/forensics.md tells what --where takes.",
    options: {
      since: { value: "TIME", doc: "since 10m, 24h, … ago, or since 2026-11-21T10:00:00Z" },
      until: { value: "TIME", doc: "until then" },
      where: {
        value: "EXPR",
        many: true,
        doc: "only what is so: 'process.uid = 0 and object ~ /etc/*'",
      },
      most: { value: "COUNT", doc: "at most so many, the newest (default: 100), or all" },
      event: {
        value: "EVENT",
        many: true,
        choices: sortNames,
        doc: "of these events (default: decision)",
      },
      workload: { value: "NAME", many: true, doc: "only these workloads (* matches anything)" },
      namespace: { value: "NAME", many: true, doc: "only these namespaces" },
      facet: { value: "FACET", many: true, doc: "only these facets" },
      action: {
        value: "ACTION",
        many: true,
        choices: ["allow", "alert", "deny", "kill"],
        doc: "only these; allow: what would have been denied",
      },
      store: {
        value: "STORE",
        doc: "another store than this host's: postgres://…, file:/PATH with such an address",
      },
      output: {
        short: "o",
        value: "FORMAT",
        choices: ["text", "json", "yaml"],
        doc: "text, json or yaml",
      },
      config,
    },
    settings: ["stateDirectory"],
    examples: [
      ["pahlevan decisions query --since 1h --action deny,kill", "what was refused lately"],
      ["pahlevan decisions query --workload web -o json", "one object a line"],
      ["pahlevan decisions query --where process.uid=0 --since 24h", "what root tried in a day"],
      ["pahlevan decisions query --event all --since 24h --most all", "the whole day"],
    ],
    load: () => import("./decisions-query.ts"),
  },
  {
    name: "oci-hook",
    summary: "hold a container before its first exec: for a runtime's createRuntime hook",
    usage: "pahlevan oci-hook [--required] [--timeout DURATION] < STATE",
    about:
      "Reads the container's state from standard input, as OCI runtimes give it to hooks, and ends when\nthe running agent holds the container to the policy that selects it.",
    options: {
      required: {
        doc: "exit code 3, so that the container is not started, where no agent answers",
      },
      timeout: { value: "DURATION", doc: "how long the agent may take to answer (default: 10s)" },
      config,
    },
    settings: ["controlSocket"],
    examples: [
      ["pahlevan oci-hook --required", "in config.json: hooks.createRuntime (docs/enforcement.md)"],
    ],
    load: () => import("./oci-hook.ts"),
  },
  ...profileCommands,
  ...policyCommands,
  ...loopCommands,
  ...notifyCommands,
  ...datadogCommands,
  {
    name: "completion",
    summary: "print a completion script for bash, zsh or fish",
    usage: "pahlevan completion bash|zsh|fish",
    options: {},
    settings: [],
    words: ["bash", "zsh", "fish"],
    examples: [
      ["source <(pahlevan completion bash)", "for this shell"],
      ["pahlevan completion fish > ~/.config/fish/completions/pahlevan.fish", "for every fish"],
    ],
    load: () => import("./completion.ts"),
  },
];
