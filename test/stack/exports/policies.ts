/**
 * The policies that exports are tried with: of the documents, of whole fields, of what was learned.
 */
import { parseBehaviour } from "@pahlevan/core/behaviour/behaviour-text.ts";
import { nameOfPath } from "@pahlevan/core/behaviour/name.ts";
import { learnedNeeds } from "@pahlevan/core/needs/learned-needs.ts";
import { compile } from "@pahlevan/core/policy/compile/compile.ts";
import type { Learned } from "@pahlevan/core/policy/compile/learned.ts";
import type { Source } from "@pahlevan/core/policy/export/exported.ts";
import { normalise } from "@pahlevan/core/policy/normalise.ts";
import { parsePolicy } from "@pahlevan/core/policy/parse.ts";
import { apiVersion, kind } from "@pahlevan/core/policy/schema/policy.ts";
import type { Entry } from "@pahlevan/core/profile/entry.ts";
import { emptyProfile, type Profile } from "@pahlevan/core/profile/profile.ts";
import { vocabulary } from "../../../agent/policies/vocabulary.ts";

export const namespace = "shop";

export interface PolicyDocument {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: object;
}

export function documentOf(name: string, spec: object): PolicyDocument {
  return { apiVersion, kind, metadata: { name, namespace }, spec };
}

/** Undefined where the policy contradicts itself. */
export function sourceOf(
  document: PolicyDocument,
  learned: readonly Learned[] = [],
): Source | undefined {
  const { policy: parsed } = parsePolicy(document, { ...vocabulary, nowMs: 0 });
  if (parsed === undefined) return undefined;
  const policy = normalise(parsed);
  const result = compile({ policy, learned, nowMs: 0 });
  return "compiled" in result ? { policy, compiled: result.compiled } : undefined;
}

const app = { matchLabels: { app: "web" } };
export const closed = { mode: "enforce", blockUnknown: true };

/** More than some tools take in one rule. */
const numbers = Array.from({ length: 100 }, (_, number) => number);

/** Those of the documents that the project was asked to implement, and one with every list. */
export const documents: readonly PolicyDocument[] = [
  documentOf("nginx-security", {
    selector: { matchLabels: { app: "nginx" } },
    learning: { enabled: true, duration: "5m", autoTransition: true },
    enforcement: { mode: "monitor", blockUnknown: false },
    selfHealing: { enabled: true, rollbackThreshold: 5 },
  }),
  documentOf("dev-policy", {
    selector: { matchLabels: { env: "development" } },
    learning: { duration: "10m", autoTransition: false },
    enforcement: { mode: "monitor", alertOnly: true },
  }),
  documentOf("prod-policy", {
    selector: { matchLabels: { env: "production" } },
    learning: { duration: "2m", minSamples: 100 },
    enforcement: {
      ...closed,
      syscalls: {
        defaultAction: "deny",
        allowedSyscalls: ["read", "write", "open", "close"],
        deniedSyscalls: ["ptrace", "process_vm_readv"],
      },
      network: { allowedEgressPorts: [80, 443, 5432], allowedIngressPorts: [8080] },
    },
    selfHealing: { enabled: true, rollbackThreshold: 3 },
  }),
  documentOf("every-list", {
    selector: {
      matchLabels: { app: "web", "app.kubernetes.io/part-of": "shop" },
      matchExpressions: [
        { key: "tier", operator: "In", values: ["front", "edge"] },
        { key: "canary", operator: "NotIn", values: ["true"] },
        { key: "app.kubernetes.io/version", operator: "Exists" },
        { key: "debug", operator: "DoesNotExist" },
      ],
    },
    enforcement: {
      ...closed,
      syscalls: { allowedSyscalls: ["read", "openat"], deniedSyscalls: ["ptrace", "mount"] },
      network: {
        allowedEgressPorts: [80, "443/tcp", "8000-8010", "53/udp", "9000/sctp"],
        allowedIngressPorts: [8080, "9000-9010/tcp"],
        allowedEgressCIDRs: ["10.0.0.0/8", "2001:db8::/32", "192.0.2.7"],
        deniedCIDRs: ["169.254.169.254", "10.9.0.0/16", "2001:db8:dead::/48"],
        deniedEgressPorts: ["25/tcp", 8005],
        deniedIngressPorts: [9005],
        allowedDomains: ["api.example.org", "*.example.net"],
        exceptions: [
          { match: "tcp/192.0.2.9:22/out", reason: "bastion", expires: "2030-01-01T00:00:00Z" },
        ],
      },
      files: {
        allowedPaths: ["/var/cache/nginx/**", "/tmp/*", "/data/a \\* b/**"],
        deniedPaths: ["/etc/shadow", "/root/**"],
        readOnlyPaths: ["/usr/**", "/etc/*"],
        exceptions: [{ match: "/srv/legacy/**", reason: "moves soon" }],
      },
      processes: { allowedBinaries: ["/usr/sbin/nginx", "/opt/**"], deniedBinaries: ["/tmp/**"] },
      capabilities: { allowed: ["NET_BIND_SERVICE", "CHOWN"], denied: ["SYS_ADMIN"] },
    },
  }),
  documentOf("deny-list", {
    selector: app,
    enforcement: {
      mode: "enforce",
      syscalls: { deniedSyscalls: ["ptrace"] },
      network: { deniedCIDRs: ["169.254.169.254"], deniedEgressPorts: [25] },
      files: { deniedPaths: ["/etc/shadow"], readOnlyPaths: ["/usr/**"] },
      processes: { deniedBinaries: ["/bin/sh", "/tmp/**"] },
      capabilities: { denied: ["SYS_ADMIN", "NET_RAW"] },
    },
  }),
  documentOf("image-of-a-host", {
    selector: { matchLabels: { "pahlevan.io/image": "registry.test/shop/web:7" } },
    enforcement: closed,
  }),
  documentOf(`as-long-as-may-be-${"a".repeat(233)}.z`, {
    selector: app,
    enforcement: { ...closed, files: { allowedPaths: ["/srv/**"], deniedPaths: ["/srv/keys/**"] } },
  }),
  documentOf("many-entries", {
    selector: { matchExpressions: [{ key: "tier", operator: "In", values: ["front", "edge"] }] },
    enforcement: {
      ...closed,
      network: {
        allowedEgressPorts: numbers.map((number) => 1000 + 2 * number),
        allowedIngressPorts: numbers.map((number) => `${3000 + 2 * number}/tcp`),
        allowedEgressCIDRs: numbers.map((number) => `10.${number}.0.0/16`),
        allowedDomains: numbers.map((number) => `host-${number}.example.org`),
        deniedCIDRs: numbers.map((number) => `10.${number}.7.0/24`),
        deniedEgressPorts: numbers.map((number) => 5000 + 2 * number),
      },
      files: { allowedPaths: numbers.map((number) => `/srv/${number}/**`) },
    },
  }),
];

/** Names that mean something to whoever reads an export: each is one file's, and nothing else. */
export const oddNames = [
  "a b",
  "tab\tand\nnewline",
  'say "hi"',
  "it's",
  "back\\slash",
  "trailing\\",
  "star*",
  "which?",
  "[a-z]",
  "{a,b}",
  "^not",
  "a,b",
  "# no comment",
  "@{HOME}",
  "$HOME",
  "${PATH}",
  "%s",
  "`id`",
  "{{ request.object }}",
  "café",
  "日本語",
  "🦊",
  "cafe\u0301",
  "\u202etxt.exe",
  "\u2028",
  "\x7f\x1b[31m",
  "\\x41",
  "\\101",
  "\udce9\udcff",
  "x\udc80\\",
  "- yaml: [",
  "null",
  "</script>",
  '" rwklm, /**',
  '", "/** rwklm,\n}\nprofile free flags=(unconfined) {',
] as const;

// Below /etc nothing is generalised: each name stays itself.
const odd = oddNames.map((name) => nameOfPath(`/etc/odd/${name}`));

const texts = [
  "exec /usr/sbin/nginx",
  "exec /bin/busybox /srv/hooks/on\\x20start.sh",
  ...odd.map((name) => `exec ${name}`),
  "file read /etc/nginx/nginx.conf",
  "file read /srv/site/index.html",
  ...["2024-01-02", "2024-01-03", "2024-01-04"].flatMap((day) => [
    `file write /srv/log/access-${day}.log`,
    `file create /srv/log/access-${day}.log`,
    `file read /srv/day/${day}.log`,
  ]),
  ...odd.flatMap((name) => [`file read ${name}`, `file write ${name}.part`]),
  "network listen tcp/0.0.0.0:8080/in",
  "network accept tcp/private:8080/in",
  "network connect tcp/10.0.0.5:5432/out",
  "network connect tcp/[2001:db8::5]:443/out",
  "network connect udp/10.96.0.10:53/out",
  "network connect unix//run/odd\\x20\\x2a.sock/out",
  ...["read", "write", "openat", "close", "accept4", "epoll_wait", "clone", "socket", "listen"].map(
    (name) => `syscall ${name}`,
  ),
  "capability CAP_NET_BIND_SERVICE",
  "mount mount /mnt/a\\x20b tmpfs",
];

const entry: Entry = {
  instances: [{ name: "0/a", atMs: 1 }],
  more: false,
  templates: [{ name: "t", atMs: 1 }],
  init: true,
  steady: true,
  asCalled: false,
  identities: [],
};

function profile(): Profile {
  const facets = { ...emptyProfile.facets };
  for (const text of texts) {
    const behaviour = parseBehaviour(text);
    if (behaviour === undefined) throw new Error(`${text} is no behaviour`);
    const entries = new Map(facets[behaviour.facet].entries).set(text, entry);
    facets[behaviour.facet] = { entries };
  }
  return { ...emptyProfile, facets };
}

const learned = documentOf("learned", { selector: app, enforcement: closed });

/** Each as what an export is made of, by its name or the beginning of it. */
export const sources: ReadonlyMap<string, Source> = new Map(
  [
    ...documents.map((document) => [document.metadata.name, sourceOf(document)] as const),
    ["learned", sourceOf(learned, learnedNeeds(profile(), { lifecycleAware: true }))] as const,
  ].map(([name, source]) => {
    if (source === undefined) throw new Error(`policy ${name} contradicts itself`);
    return [name.slice(0, 20), source];
  }),
);
