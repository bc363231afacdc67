/** The commands about policies. */
import type { Command, Option } from "../command.ts";
import { config, output } from "../options.ts";

const profile: Option = {
  value: "NAME",
  doc: "with what was learned of this workload (or a file that begins with . or /)",
};

export const policyCommands: readonly Command[] = [
  {
    name: "policy status",
    summary:
      "how far the running agent's policies are, workload by workload, and what they wait for",
    usage: "pahlevan policy status [-o text|json]",
    options: { output, config },
    settings: ["controlSocket"],
    examples: [["pahlevan policy status", "exit code 1 if a file or a policy is refused"]],
    load: () => import("./status.ts"),
  },
  {
    name: "policy validate",
    summary: "read policies as Pahlevan does, and name every mistake",
    usage: "pahlevan policy validate [--strict] [-o text|json] FILE…",
    about:
      "FILE is YAML or JSON with any number of documents, a folder of such files, or - for\nstandard input. Documents that are no policies are passed over. docs/reference/policy.md\nsays what a policy may hold.",
    takesFiles: true,
    options: {
      strict: { doc: "warnings count as mistakes" },
      output,
    },
    settings: [],
    examples: [
      ["pahlevan policy validate nginx.yaml", "exit code 1 if it has mistakes"],
      ["pahlevan policy validate --strict policies/", "for CI"],
    ],
    load: () => import("./validate.ts"),
  },
  {
    name: "policy convert",
    summary: "rewrite policies of other dialects, and say what could not be carried over",
    usage: "pahlevan policy convert FILE…",
    about:
      "Reads learningConfig/enforcementConfig with Monitoring and Blocking, the extra fields of\nearly examples, and ContainerProfile. The policies go to stdout, the remarks to stderr.",
    takesFiles: true,
    options: {},
    settings: [],
    examples: [
      ["pahlevan policy convert old.yaml > new.yaml", "exit code 1 if something was lost"],
      ["pahlevan policy convert -", "what kubectl get containerprofiles -o yaml prints, say"],
    ],
    load: () => import("./convert.ts"),
  },
  {
    name: "policy explain",
    summary: "show what a policy became, or what it says of an act and why",
    usage: "pahlevan policy explain [--act ACT] [--start] [--profile NAME] FILE…",
    about:
      "Judges by what the policy itself says, and with --profile by what was learned. An act is what a\ndecision names: 'exec /bin/sh', 'file write /etc/passwd', 'network connect tcp/10.0.0.1:443/out'\n('… as example.org' for a name), 'syscall ptrace', 'capability CAP_NET_ADMIN'.",
    takesFiles: true,
    options: {
      act: { value: "ACT", doc: "what somebody does; may be given more than once" },
      start: { doc: "while the instance starts, not when it is steady" },
      profile,
      output,
      config,
    },
    settings: ["stateDirectory"],
    examples: [
      ["pahlevan policy explain nginx.yaml", "what each field became"],
      [
        "pahlevan policy explain --act 'file read /etc/shadow' nginx.yaml",
        "exit code 1 if it is denied",
      ],
    ],
    load: () => import("./explain.ts"),
  },
  {
    name: "policy diff",
    summary: "say what changes for a workload between two versions of its policy",
    usage: "pahlevan policy diff [--profile NAME] [-o text|json] BEFORE AFTER",
    about:
      "Of what the policies themselves say, and with --profile of both with what was learned:\n+ is looser, - tighter.",
    takesFiles: true,
    options: { profile, output, config },
    settings: ["stateDirectory"],
    examples: [["pahlevan policy diff old.yaml new.yaml", "exit code 1 if they differ"]],
    load: () => import("./diff.ts"),
  },
  {
    name: "policy export",
    summary: "write a policy in the words of another tool",
    usage: "pahlevan policy export TOOL [--profile NAME] FILE…",
    about:
      "TOOL is seccomp (OCI), apparmor, networkpolicy, ciliumnetworkpolicy, kyverno, tetragon or\nkubearmor. What it cannot say goes to stderr.",
    takesFiles: true,
    options: {
      architecture: {
        value: "NAME",
        choices: ["x86_64", "aarch64"],
        doc: "for seccomp: x86_64 or aarch64 (default: this machine's)",
      },
      profile,
      config,
    },
    settings: ["stateDirectory"],
    examples: [
      ["pahlevan policy export seccomp nginx.yaml > nginx.json", "for a container's runtime"],
      ["pahlevan policy export seccomp --profile web web.yaml", "with what was learned of web"],
      ["pahlevan policy export networkpolicy policies/", "for kubectl apply -f -"],
    ],
    load: () => import("./export.ts"),
  },
  {
    name: "policy dry-run",
    summary: "would the workload start, answer its probes and stop under a policy?",
    usage: "pahlevan policy dry-run --profile NAME [-o text|json] FILE…",
    about:
      "Asks the policy, with what was learned, about all that the workload was recorded doing,\nas if every facet were enforced. What waits for a person counts: the workload did it.",
    takesFiles: true,
    options: { profile, output, config },
    settings: ["stateDirectory"],
    examples: [
      ["pahlevan policy dry-run --profile web web.yaml", "exit code 1 unless the answer is yes"],
    ],
    load: () => import("./dry-run.ts"),
  },
];
