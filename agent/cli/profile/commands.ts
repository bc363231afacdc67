/** The commands about profiles. */
import type { Command, Option } from "../command.ts";
import { config, output } from "../options.ts";

const named =
  "NAME is a workload of this host (web), of another namespace (shop/web), or a file that\n" +
  "`pahlevan profile show -o json` wrote; files begin with . or /.";

const reason: Option = { value: "WORDS", doc: "why; kept with the verdict" };
const decided =
  "BEHAVIOUR is a line as `pahlevan profile show` has it, with its facet before it. The last word\n" +
  "counts. 'wildcards /etc/app/cache' allows generalisations in there.";

export const profileCommands: readonly Command[] = [
  {
    name: "profile list",
    summary: "of which workloads something is learned, and how far",
    usage: "pahlevan profile list [-o text|json]",
    options: { output, config },
    settings: ["stateDirectory"],
    examples: [["pahlevan profile list", "a line for each workload"]],
    load: () => import("./list.ts"),
  },
  {
    name: "profile show",
    summary: "what a workload was seen doing, and what learning waits for",
    usage: "pahlevan profile show [-o text|json] NAME",
    about: named,
    takesNames: true,
    options: { output, config },
    settings: ["stateDirectory"],
    examples: [
      ["pahlevan profile show web", "behaviours, generalisations, what waits for a person"],
      ["pahlevan profile show -o json web > ./web.json", "to keep it, or to take it elsewhere"],
    ],
    load: () => import("./show.ts"),
  },
  {
    name: "profile allow",
    summary: "let a workload do what waits for a person",
    usage: "pahlevan profile allow --reason WORDS NAME BEHAVIOUR",
    about: decided,
    takesNames: true,
    options: { reason, config },
    settings: ["stateDirectory"],
    examples: [
      [
        "pahlevan profile allow --reason PAM sshd 'file read /etc/shadow'",
        "who, when and why is kept in the profile",
      ],
    ],
    load: () => import("./decide.ts"),
  },
  {
    name: "profile refuse",
    summary: "take a behaviour or a generalisation out of what a workload may do",
    usage: "pahlevan profile refuse --reason WORDS NAME BEHAVIOUR",
    about: decided,
    takesNames: true,
    options: { reason, config },
    settings: ["stateDirectory"],
    examples: [
      [
        "pahlevan profile refuse --reason 'too wide' web 'file read /srv/item*'",
        "its members stay, each by itself",
      ],
    ],
    load: () => import("./decide.ts"),
  },
  {
    name: "profile diff",
    summary: "what one profile holds that another does not",
    usage: "pahlevan profile diff [-o text|json] BEFORE AFTER",
    about: named,
    takesNames: true,
    options: { output, config },
    settings: ["stateDirectory"],
    examples: [["pahlevan profile diff ./web-before.json web", "exit code 1 if they differ"]],
    load: () => import("./diff.ts"),
  },
  {
    name: "profile merge",
    summary: "add other profiles to that of a workload",
    usage: "pahlevan profile merge [-o text|json] NAME FROM…",
    about: `Into the stored profile of NAME, which need not be there. What was in it stays.\n${named}`,
    takesNames: true,
    options: { output, config },
    settings: ["stateDirectory"],
    examples: [["pahlevan profile merge web ./web.json", "what another host has learned"]],
    load: () => import("./merge.ts"),
  },
  {
    name: "profile forget",
    summary: "remove what is stored of a workload",
    usage: "pahlevan profile forget NAME…",
    about: "Learning of it begins anew, also where `pahlevan up` is at it.",
    takesNames: true,
    options: { config },
    settings: ["stateDirectory"],
    examples: [["pahlevan profile forget web", "nothing of it is kept"]],
    load: () => import("./forget.ts"),
  },
];
