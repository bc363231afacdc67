/** The commands about policies: what they print, where, and with which exit code. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parsePolicy } from "@pahlevan/core/policy/parse.ts";
import { printPolicy } from "@pahlevan/core/policy/print.ts";
import { afterAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { readYaml } from "../../policies/yaml.ts";
import { vocabulary } from "../../policies/vocabulary.ts";

const folder = mkdtempSync(join(tmpdir(), "pahlevan-policy-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function pahlevan(args: string[], input = "") {
  const main = join(import.meta.dirname, "../main.ts");
  const options = { encoding: "utf8", input } as const;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [main, "policy", ...args],
    options,
  );
  return {
    status,
    stdout: stdout.replaceAll(`${folder}/`, ""),
    stderr: stderr.replaceAll(`${folder}/`, ""),
  };
}

const good = `
apiVersion: policy.pahlevan.io/v1alpha1
kind: PahlevanPolicy
metadata:
  name: nginx-security
  namespace: default
spec:
  selector:
    matchLabels:
      app: nginx
  enforcement:
    mode: enforce
    network:
      allowedEgressPorts: [80, 443]
`;
const bad = good.replace("allowedEgressPorts", "allowedEgresPorts");
const warned = good
  .replace("app: nginx", "{}")
  .replace("matchLabels:\n      {}", "matchLabels: {}");

describe("policy validate", () => {
  it("takes a good one", () => {
    const { status, stdout, stderr } = pahlevan(["validate", file("good.yaml", good)]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toBe(
      "✓ good.yaml:2: policy nginx-security (namespace default, mode enforce)\n1 policy, no mistakes\n",
    );
  });

  it("names a mistake with its file and line, in the words of the contract", () => {
    const { status, stderr } = pahlevan(["validate", file("bad.yaml", bad)]);
    expect(status).toBe(1);
    expect(stderr).toBe(
      "✗ bad.yaml:14: policy nginx-security: spec.enforcement.network.allowedEgresPorts: " +
        "unknown field; did you mean allowedEgressPorts?\n",
    );
  });

  it("refuses warnings only when it is asked to", () => {
    const name = file("warned.yaml", warned);
    expect(pahlevan(["validate", name])).toMatchObject({ status: 0 });
    const strict = pahlevan(["validate", "--strict", name]);
    expect(strict.status).toBe(1);
    expect(strict.stderr).toContain(
      "! warned.yaml:8: policy nginx-security: spec.selector: is empty",
    );
  });

  it("passes over what is no policy, reads lists, folders and standard input", () => {
    const other = "apiVersion: apps/v1\nkind: Deployment\n";
    mkdirSync(join(folder, "many"));
    file("many/a.yml", `${other}---${good}---\n`);
    file(
      "many/b.json",
      JSON.stringify({ apiVersion: "v1", kind: "List", items: [{ kind: "PahlevanPolicy" }] }),
    );
    file("many/notes.txt", "not read");
    const { status, stdout, stderr } = pahlevan(["validate", join(folder, "many")]);
    expect(status).toBe(1);
    expect(stdout).toContain("✓ many/a.yml:4: policy nginx-security");
    expect(stdout).toContain("2 policies, 3 mistakes, 1 other document passed over");
    expect(stderr).toContain("✗ many/b.json:1: policy (unnamed): apiVersion: is missing");
    expect(pahlevan(["validate", "-"], good)).toMatchObject({ status: 0 });
    expect(pahlevan(["validate", "-"], other).stderr).toBe("✗ -: no PahlevanPolicy in there\n");
  });

  it("refuses two policies of one name", () => {
    const { status, stderr } = pahlevan(["validate", file("twice.yaml", `${good}---${good}`)]);
    expect(status).toBe(1);
    expect(stderr).toContain(
      "twice.yaml:16: policy nginx-security: metadata.name: twice.yaml:2 has this name",
    );
  });

  it("speaks JSON to machines", () => {
    const { stdout } = pahlevan(["validate", "-o", "json", file("bad.yaml", bad)]);
    expect(JSON.parse(stdout)).toMatchObject({
      policies: [{ policy: "nginx-security", errors: [expect.stringContaining("did you mean")] }],
      warnings: [],
    });
  });

  it("is wrong use without a file, or with one that is not there", () => {
    const none = pahlevan(["validate"]);
    expect([none.status, none.stderr]).toEqual([2, expect.stringContaining("which files?")]);
    const missing = pahlevan(["validate", "/none.yaml"]);
    expect([missing.status, missing.stderr]).toEqual([2, expect.stringContaining("ENOENT")]);
  });
});

describe("policy convert", () => {
  const old = good
    .replace("enforcement:", "enforcementConfig:")
    .replace("mode: enforce", "mode: Blocking")
    .replace(/ +network:.*\n.*\n/, "");

  it("writes what validates, and says what means something else", () => {
    const { status, stdout, stderr } = pahlevan(["convert", file("old.yaml", old)]);
    expect(status).toBe(0);
    expect(stderr).toContain("! old.yaml:11: policy nginx-security: spec.enforcementConfig.block");
    expect(stdout).toContain("blockUnknown: true");
    expect(pahlevan(["validate", "-"], stdout)).toMatchObject({ status: 0, stderr: "" });
  });

  it("names what is lost, with its line, and ends with 1", () => {
    const { status, stderr } = pahlevan(["convert", "-"], `${old}    gracePeriod: 1m\n`);
    expect(status).toBe(1);
    expect(stderr).toContain("✗ -:13: policy nginx-security: spec.enforcementConfig.gracePeriod");
    expect(pahlevan(["convert", "-"], "a".repeat(70_000))).toMatchObject({ status: 1, stdout: "" });
    expect(pahlevan(["convert", "-"], "kind: Pod\napiVersion: v1\n").status).toBe(1);
  });
});

describe("policy explain", () => {
  it("says what each field became", () => {
    const { status, stdout } = pahlevan(["explain", file("good.yaml", good)]);
    expect(status).toBe(0);
    expect(stdout).toContain("policy nginx-security (namespace default)");
    expect(stdout).toContain("network.allowedEgressPorts: facet network: 1 entry allowed");
  });

  it("judges acts, ends with 1 for a denied one, and speaks JSON", () => {
    const name = file("deny.yaml", `${good}    files: {deniedPaths: [/etc/shadow]}\n`);
    const { status, stdout } = pahlevan(["explain", "--act", "file read /etc/shadow", name]);
    expect(status).toBe(1);
    expect(stdout).toContain("file read /etc/shadow: denied");
    const other = ["--act", "file read /etc/hosts", "--act", "exec /bin/sh", "-o", "json"];
    const { stdout: json, ...rest } = pahlevan(["explain", ...other, name]);
    expect(rest.status).toBe(0);
    expect(JSON.parse(json)).toMatchObject({
      policies: [{ verdicts: [{ outcome: "allow", by: "unlisted" }, { facet: "exec" }] }],
    });
  });

  it("names what is no act, and what is no policy", () => {
    const { status, stderr } = pahlevan(["explain", "--act", "fil read /a", file("a.yaml", good)]);
    expect([status, stderr]).toEqual([2, expect.stringContaining("did you mean file?")]);
    const wrong = pahlevan(["explain", file("bad.yaml", bad)]);
    expect([wrong.status, wrong.stderr]).toEqual([1, expect.stringContaining("bad.yaml:14:")]);
  });
});

describe("policy diff", () => {
  it("says what gets looser, and ends with 1 where something does", () => {
    const [old, now] = [file("old.yaml", good), file("new.yaml", good.replace("443", "8443"))];
    const { status, stdout } = pahlevan(["diff", old, now]);
    expect(status).toBe(1);
    expect(stdout).toContain("+ looser: facet network: egress to any peer at 80, 8443: allowed");
    expect(pahlevan(["diff", old, old])).toMatchObject({
      status: 0,
      stdout: "no difference for the workload\n",
    });
    expect(pahlevan(["diff", old]).status).toBe(2);
  });
});

describe("policy export", () => {
  const name = () =>
    file("good.yaml", good.replace("mode: enforce", "mode: enforce\n    blockUnknown: true"));

  it("writes each tool's document to stdout, and its remarks to stderr", () => {
    const seccomp = pahlevan(["export", "seccomp", "--architecture", "aarch64", name()]);
    expect(seccomp.status).toBe(0);
    expect(JSON.parse(seccomp.stdout)).toMatchObject({ architectures: ["SCMP_ARCH_AARCH64"] });
    expect(seccomp.stderr).toContain("! good.yaml:2: allows what the runtime itself calls");
    const { stdout } = pahlevan(["export", "networkpolicy", name()]);
    expect(readYaml(stdout).documents[0]?.value).toMatchObject({ kind: "NetworkPolicy" });
    expect(pahlevan(["export", "apparmor", name()]).stdout).toContain("profile pahlevan-default");
  });

  it("names the nearest tool, and takes one policy where it makes one file", () => {
    const { status, stderr } = pahlevan(["export", "seccom", name()]);
    expect([status, stderr]).toEqual([2, expect.stringContaining("did you mean 'seccomp'?")]);
    const two = file("two.yaml", `${good}---${good.replace("nginx-security", "other")}`);
    expect(pahlevan(["export", "apparmor", two]).status).toBe(2);
    expect(pahlevan(["export", "tetragon", two]).status).toBe(0);
  });
});

it("the page about policies shows what is so", () => {
  const page = readFileSync(join(import.meta.dirname, "../../../docs/policy.md"), "utf8");
  const [, example = ""] = /```yaml\n(.*?)```/s.exec(page) ?? [];
  file("web.yaml", example);
  const validated = pahlevan(["validate", join(folder, "web.yaml")]);
  expect(page).toContain(`$ pahlevan policy validate web.yaml\n${validated.stdout}`);
  const act = "file write /etc/nginx/nginx.conf";
  const { stdout } = pahlevan(["explain", "--act", act, join(folder, "web.yaml")]);
  expect(page).toContain(`$ pahlevan policy explain --act '${act}' web.yaml\n${stdout}`);
});

describe("hostile YAML", () => {
  const says = (text: string) => readYaml(text).errors.map((error) => error.says);

  it.each([
    ["lists in lists", "[".repeat(100_000)],
    ["lists below lists", `${"- ".repeat(100_000)}x`],
    ["keys in keys", `${"? ".repeat(100_000)}x`],
  ])("that nests without end is refused: %s", (_, text) => {
    expect(says(text)).toEqual(["is nested too deeply"]);
  });

  it("that repeats itself through aliases is refused", () => {
    const lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"];
    for (const [before, name] of ["ab", "bc", "cd", "de", "ef", "fg", "gh", "hi"]) {
      lines.push(`${name}: &${name} [${Array.from({ length: 10 }, () => `*${before}`).join()}]`);
    }
    expect(says(lines.join("\n"))[0]).toContain("Excessive alias count");
  });

  it("that is too large, or holds too many documents, is refused", () => {
    expect(says("a".repeat(2_000_000))).toEqual(["is larger than 1048576 bytes"]);
    expect(says("---\na: 1\n".repeat(2_000))).toEqual(["holds more than 1000 documents"]);
  });

  it("with keys twice is refused, by their lines, however many keys there are", () => {
    const many = Array.from({ length: 20_000 }, (_, i) => `k${i}: 1`).join("\n");
    expect(readYaml(`${many}\nk7: 2`).errors).toEqual([
      { line: 20_001, says: "k7 is written twice" },
    ]);
  });

  it("with tags and types of its own ends in a refusal, not in surprises", () => {
    expect(says("a: !!js/function 'x'")).toEqual([expect.stringContaining("Unresolved tag")]);
    const [dated] = readYaml("%YAML 1.1\n---\nmetadata: {name: x}\nspec: 2001-12-14").documents;
    const { problems } = parsePolicy(dated?.value, { ...vocabulary, nowMs: 0 });
    expect(problems.map((problem) => problem.says)).toEqual(["is a map, which no policy holds"]);
  });

  it("with lists or maps for keys is refused", () => {
    expect(readYaml("a: 1\n? [b, c]\n: d").errors).toEqual([
      { line: 2, says: "a key is a list or a map; keys are text" },
    ]);
  });

  it("with __proto__ makes a field of that name, which is refused", () => {
    const [{ value } = { value: undefined }] = readYaml("__proto__: {polluted: true}").documents;
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
    const { problems } = parsePolicy(value, { ...vocabulary, nowMs: 0 });
    expect(problems).toMatchObject([{ path: ["__proto__"], says: "unknown field" }]);
  });
});

it("a policy survives YAML: what is printed is read to the same", () => {
  const [document] = readYaml(good).documents;
  const facts = { ...vocabulary, nowMs: 0 };
  const { policy } = parsePolicy(document?.value, facts);
  expect(policy).toBeDefined();
  const [again] = readYaml(policy ? stringify(printPolicy(policy)) : "").documents;
  expect(parsePolicy(again?.value, facts).policy).toEqual(policy);
});

it("the kernel's names are known of every architecture", () => {
  for (const name of ["open", "openat", "ptrace", "arm_fadvise64_64", "mseal", "socketcall"]) {
    expect(vocabulary.syscalls).toContain(name);
  }
  expect(vocabulary.capabilities).toContain("CAP_CHECKPOINT_RESTORE");
});
