/** Laws that hold for every policy: what is printed is read back, and what is unknown is named. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { isPlain } from "./bounds.ts";
import { normalise } from "./normalise.ts";
import { parsePolicy } from "./parse.ts";
import { printPolicy, spelledOut } from "./print.ts";
import { apiVersion, kind, type PahlevanPolicy, type PolicyDocument } from "./schema/policy.ts";

const syscallNames = ["read", "write", "openat", "ptrace", "execve"];
const capabilityNames = ["CAP_NET_ADMIN", "CAP_SYS_ADMIN", "CAP_CHOWN"];
const facts = {
  syscalls: new Set(syscallNames),
  capabilities: new Set(capabilityNames),
  nowMs: 0,
};

/** A record of which each field may be absent. */
const some = <T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(fields, { requiredKeys: [] });
const list = <T>(item: fc.Arbitrary<T>) => fc.array(item, { maxLength: 4 });
const time = fc.constantFrom("1s", "90s", "5m", "1h30m", "1.5h", "250ms");
const mode = fc.constantFrom("monitor", "alert", "enforce", "audit");
const action = fc.constantFrom("allow", "deny", "audit");
const path = fc.constantFrom(
  "/a",
  "/a/b",
  "/a/*",
  "/a/**",
  "/",
  "/**",
  "/usr/bin/\\[",
  "/b/",
  "/ü",
);
const port = fc.constantFrom(1, 80, "443", "8000-8999", "53/udp", 65_535);
const cidr = fc.constantFrom(
  "10.0.0.0/8",
  "192.0.2.1",
  "::/0",
  "2001:DB8::/32",
  "::ffff:10.0.0.0/104",
);
const syscall = fc.constantFrom(...syscallNames);
const capability = fc.constantFrom("net_admin", "CAP_SYS_ADMIN", "CHOWN");
const endpoint = fc.constantFrom(
  "tcp/10.0.0.1:443/out",
  "*.a.org",
  "*:53",
  "[::1]:1",
  "unix//run/a",
);
const secret = fc.constantFrom("${A}", "https://example.org/x", {
  secretKeyRef: { name: "a", key: "b" },
});

const facet = <Match>(match: fc.Arbitrary<Match>) => ({
  mode,
  defaultAction: action,
  exceptions: list(
    fc.record(
      { match, reason: fc.constant("r"), expires: fc.constant("2030-01-31T18:00:00+02:00") },
      { requiredKeys: ["match", "reason"] },
    ),
  ),
});

const enforcement = some({
  mode,
  blockUnknown: fc.boolean(),
  alertOnly: fc.constant(false),
  syscalls: some({
    ...facet(syscall),
    allowedSyscalls: list(syscall),
    deniedSyscalls: list(syscall),
  }),
  network: some({
    ...facet(endpoint),
    allowedEgressPorts: list(port),
    allowedIngressPorts: list(port),
    allowedEgressCIDRs: list(cidr),
    deniedEgressPorts: list(port),
    deniedIngressPorts: list(port),
    deniedCIDRs: list(cidr),
    allowedDomains: list(fc.constantFrom("example.org", "*.Example.org.", "_a.b")),
  }),
  files: some({
    ...facet(path),
    allowedPaths: list(path),
    deniedPaths: list(path),
    readOnlyPaths: list(path),
  }),
  processes: some({ ...facet(path), allowedBinaries: list(path), deniedBinaries: list(path) }),
  capabilities: some({ ...facet(capability), allowed: list(capability), denied: list(capability) }),
  canary: some({
    steps: fc.constantFrom([], [1], [1, "10%", 7], ["50%", "100%"]),
    stepDuration: time,
  }),
});

const spec = fc.record(
  {
    selector: some({
      matchLabels: fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), fc.constantFrom("", "x")),
      matchExpressions: list(
        fc.constantFrom(
          { key: "a.b/c", operator: "In" as const, values: ["x", "y", "x"] },
          { key: "d", operator: "Exists" as const },
        ),
      ),
    }),
    learning: some({
      enabled: fc.boolean(),
      duration: time,
      minSamples: fc.integer({ min: 1, max: 1_000 }),
      autoTransition: fc.boolean(),
      lifecycleAware: fc.boolean(),
      quietPeriod: time,
      minInstances: fc.integer({ min: 1, max: 9 }),
      maxUnseenMass: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    enforcement,
    selfHealing: some({
      enabled: fc.boolean(),
      rollbackThreshold: fc.integer({ min: 1, max: 99 }),
      rollbackWindow: time,
      strategy: fc.constantFrom("gradual", "emergency", "relearn", "intelligent"),
      recoveryTimeout: time,
    }),
    observability: some({
      metrics: some({
        enabled: fc.boolean(),
        exporters: list(
          fc.oneof(
            fc.constant({ type: "prometheus" as const }),
            fc.record({ type: fc.constant("datadog" as const), apiKey: secret }),
          ),
        ),
      }),
      tracing: some({ enabled: fc.boolean(), endpoint: fc.constant("http://a:1") }),
      alerting: some({
        channels: list(fc.record({ type: fc.constant("webhook" as const), url: secret })),
      }),
    }),
    webhooks: list(
      fc.record(
        {
          name: fc.constant("n"),
          url: secret,
          events: list(fc.constantFrom("violation", "policy-change", "all")).map((each) =>
            each.slice(0, 3),
          ),
        },
        { requiredKeys: ["name", "url"] },
      ),
    ),
  },
  { requiredKeys: ["selector"] },
);

const document = spec.map((each): unknown => ({
  apiVersion,
  kind,
  metadata: { name: "law", namespace: "default", labels: { a: "b" } },
  spec: each,
}));

/** Documents that happen to contradict themselves are for other tests. */
const policy = document
  .map((each) => parsePolicy(each, facts).policy)
  .filter((each) => each !== undefined);

function readAgain(written: PolicyDocument): PahlevanPolicy | undefined {
  // Through JSON, as the API server and files carry it.
  const carried: unknown = JSON.parse(JSON.stringify(written));
  return parsePolicy(carried, facts).policy;
}

it("what is printed is read back to the same", () => {
  fc.assert(
    fc.property(policy, (each) => {
      expect(readAgain(printPolicy(each))).toEqual(each);
    }),
  );
});

it("printing again changes nothing", () => {
  fc.assert(
    fc.property(policy, (each) => {
      const written = printPolicy(each);
      const again = readAgain(written);
      expect(again && printPolicy(again)).toEqual(written);
    }),
  );
});

it("normalising is idempotent: spelled out, a policy still means the same", () => {
  fc.assert(
    fc.property(policy, (each) => {
      const meant = normalise(each);
      const again = readAgain(printPolicy(spelledOut(meant)));
      expect(again && normalise({ ...again, metadata: each.metadata })).toEqual(meant);
    }),
  );
});

it("the order and number of entries in a list change no meaning but their order", () => {
  fc.assert(
    fc.property(policy, (each) => {
      const files = each.spec.enforcement?.files;
      if (files?.allowedPaths === undefined) return;
      const twice = { ...files, allowedPaths: [...files.allowedPaths, ...files.allowedPaths] };
      const spec = { ...each.spec, enforcement: { ...each.spec.enforcement, files: twice } };
      expect(normalise({ ...each, spec })).toEqual(normalise(each));
    }),
  );
});

type Path = (string | number)[];

/** Every map of a document that has fields (labels have any names). */
function maps(value: unknown, path: Path = []): Path[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => maps(item, [...path, index]));
  if (!isPlain(value) || /^(matchLabels|labels)$/.test(String(path.at(-1)))) return [];
  const below = Object.entries(value).flatMap(([key, item]) => maps(item, [...path, key]));
  return [path, ...below];
}

function withField(value: unknown, path: Path, name: string): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return isPlain(value) ? { ...value, [name]: 1 } : value;
  if (Array.isArray(value)) {
    return value.map((item: unknown, index): unknown =>
      index === first ? withField(item, rest, name) : item,
    );
  }
  if (!isPlain(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === first ? withField(item, rest, name) : item,
    ]),
  );
}

it("an unknown field anywhere is named, with its path", () => {
  const name = fc.oneof(
    fc.string({ minLength: 1, maxLength: 20 }).map((text) => `${text}?`),
    fc.constantFrom("__proto__", "constructor", "toString", "Mode", "modes", "$ref", "0", ""),
  );
  fc.assert(
    fc.property(document, fc.nat(), name, (each, nth, field) => {
      const places = maps(each);
      const place = places[nth % places.length] ?? [];
      const problems = parsePolicy(withField(each, place, field), facts).problems;
      const named = problems.filter(({ says }) => says.startsWith("unknown field"));
      expect(named.map(({ path }) => path)).toEqual([[...place, field]]);
      expect(named.map(({ severity }) => severity)).toEqual(["error"]);
    }),
  );
});

it("whatever comes, reading ends with a policy or with an error", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.anything(),
        fc.anything().map((spec) => ({ apiVersion, kind, metadata: { name: "x" }, spec })),
      ),
      (anything) => {
        const { policy: read, problems } = parsePolicy(anything, facts);
        expect(read === undefined).toBe(problems.some(({ severity }) => severity === "error"));
      },
    ),
  );
});
