/** The commands about profiles, and those about policies that take one: as they are typed. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { learn } from "@pahlevan/core/profile/learn.ts";
import { emptyProfile } from "@pahlevan/core/profile/profile.ts";
import { afterAll, describe, expect, it } from "vitest";
import { began, executed, listened, opened, seenBy, watched } from "../../../test/sim/facts.ts";
import { storeFile } from "../../store/open.ts";
import { Store } from "../../store/store.ts";

const folder = mkdtempSync(join(tmpdir(), "pahlevan-profile-"));
afterAll(() => rmSync(folder, { recursive: true }));

const instance = { id: "a", startedMs: 1_000 };
const web = { namespace: "host", workload: "web" };
const seen = (...paths: string[]) => paths.map((path) => seenBy(instance, 1_500, opened(path)));
const profile = learn(emptyProfile, [
  began(instance),
  seenBy(instance, 1_400, executed("/usr/sbin/nginx")),
  ...seen("/etc/nginx/nginx.conf", "/srv/item1", "/srv/item22", "/srv/item333", "/etc/shadow"),
  seenBy(instance, 1_600, listened(80)),
  watched(instance, 3_000),
]);

/** A store of its own with this profile of the workload web. */
function stateWith(of = profile): string {
  const stateDirectory = mkdtempSync(join(folder, "state-"));
  using store = Store.open({ stateDirectory, decisionsKept: 1 });
  store.profiles.merge(web, { profile: of, blind: new Set(["io_uring"]), nowMs: 3_000 });
  return stateDirectory;
}

function pahlevan(stateDirectory: string, ...args: string[]) {
  const main = join(import.meta.dirname, "../main.ts");
  const env = { ...process.env, PAHLEVAN_STATE_DIRECTORY: stateDirectory };
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: "utf8",
    env,
  });
  return { status, stdout, stderr };
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe("profile", () => {
  it("lists of which workloads something is learned, and how far", () => {
    const { status, stdout } = pahlevan(stateWith(), "profile", "list");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^WORKLOAD +BEHAVIOURS +INSTANCES +HELD +LEARNED\n/);
    expect(stdout).toMatch(/^web +6 +1 +1 +\S+ %$/m);
  });

  it("shows behaviours, generalisations, what waits for a person and for what learning waits", () => {
    const { stdout } = pahlevan(stateWith(), "profile", "show", "web");
    expect(stdout).toContain("profile of web: 6 behaviours, saved 1970-01-01T00:00:03Z\n");
    expect(stdout).toContain("\nexec\n  /usr/sbin/nginx\n");
    expect(stdout).toContain("  read /srv/item*  (3 names differ only in a number)\n");
    expect(stdout).toMatch(/waits for a person\n {2}file read \/etc\/shadow: password hashes/);
    expect(stdout).toMatch(/io_uring: this kernel does not show io_uring/);
  });

  it("marks what belongs to the start alone, where that can be told", () => {
    const shown = (of: typeof profile) => pahlevan(stateWith(of), "profile", "show", "web").stdout;
    expect(shown(profile)).toContain("start and work are not told apart yet");
    expect(shown(profile)).toContain("\n  read /etc/nginx/nginx.conf\n");
    const apart = learn(profile, [
      { fact: "retold", instance, atMs: 5_000 },
      seenBy(instance, 6_000, opened("/srv/item22")),
      watched(instance, 400_000),
    ]);
    expect(shown(apart)).toContain("\n  read /etc/nginx/nginx.conf  (only while it starts)\n");
    expect(shown(apart)).toContain("\n  /usr/sbin/nginx  (only while it starts)\n");
    expect(shown(apart)).toContain("  read /srv/item*  (3 names differ only in a number)\n");
  });

  it("is the same on another host, by a file", () => {
    const { stdout } = pahlevan(stateWith(), "profile", "show", "-o", "json", "web");
    const kept = file("web.json", stdout);
    const other = stateWith(learn(emptyProfile, seen("/etc/other")));
    const differs = pahlevan(other, "profile", "diff", "web", kept);
    expect(differs.status).toBe(1);
    expect(differs.stdout).toContain("+ exec /usr/sbin/nginx\n");
    expect(differs.stdout).toContain("- file read /etc/other\n");
    expect(differs.stdout).toContain("+ file read /etc/shadow (known-bad)\n");
    const merged = pahlevan(other, "profile", "merge", "web", kept);
    expect(merged.stdout).toBe("web: 6 behaviours were new to it, and 1 wait for a person\n");
    expect(pahlevan(other, "profile", "diff", kept, "web").stdout).toBe("+ file read /etc/other\n");
    expect(pahlevan(other, "profile", "show", "web").stdout).toContain("does not show io_uring");
    expect(pahlevan(other, "profile", "merge", "shop/db", kept).status).toBe(0);
    expect(pahlevan(other, "profile", "diff", kept, "shop/db")).toMatchObject({
      status: 0,
      stdout: "no difference\n",
    });
  });

  it("takes a person's word, and keeps who said it and why", () => {
    const state = stateWith();
    const decide = (verb: string, text: string) =>
      pahlevan(state, "profile", verb, "--reason", "it is PAM", "web", text);
    const shown = () => pahlevan(state, "profile", "show", "web").stdout;
    expect(decide("allow", "file read /etc/shadow")).toMatchObject({
      status: 0,
      stdout: "web: file read /etc/shadow is allowed\n",
    });
    expect(shown()).not.toContain("waits for a person");
    expect(shown()).toContain("\n  read /etc/shadow\n");
    decide("refuse", "file read /etc/shadow");
    expect(shown()).not.toContain("shadow");
    expect(decide("refuse", "file read /srv/item*").status).toBe(0);
    expect(shown()).toContain("\n  read /srv/item22\n");
    using store = Store.open({ stateDirectory: state, decisionsKept: 1 });
    const verdicts = store.profiles.read(web)?.profile.verdicts.entries;
    expect(verdicts?.get("file read /etc/shadow")).toMatchObject({
      allow: false,
      reason: "it is PAM",
      by: userInfo().username,
    });
    expect(decide("allow", "file read /etc/shadw")).toMatchObject({ status: 2 });
    expect(decide("allow", "file read /etc/shadw").stderr).toContain(
      "did you mean 'file read /etc/shadow'?",
    );
    expect(pahlevan(state, "profile", "allow", "web", "exec /x").stderr).toContain(
      "--reason WORDS",
    );
  });

  it("is forgotten, and then not there", () => {
    const state = stateWith();
    expect(pahlevan(state, "profile", "forget", "web")).toMatchObject({
      status: 0,
      stdout: "web is forgotten\n",
    });
    const { status, stderr } = pahlevan(state, "profile", "show", "web");
    expect(status).toBe(2);
    expect(stderr).toContain("profile show: nothing is stored of 'web'");
  });

  it.each([
    [["profile", "show", "wbe"], 2, "nothing is stored of 'wbe'; did you mean 'web'?"],
    [["profile", "forget", "wbe"], 2, "did you mean 'web'?"],
    [["profile", "show"], 2, "of which workload?"],
    [["profile", "diff", "web"], 2, "which two?"],
    [["profile", "merge", "web"], 2, "what into what?"],
    [["profile", "merge", "./web.json", "web"], 2, "the first word names a workload"],
    [["profile", "show", "/dev/null"], 2, "/dev/null: Unexpected end of JSON input"],
    [["profile", "lst"], 2, "unknown command 'lst'; did you mean 'list'?"],
  ] as const)("%j says what is wrong", (args, code, says) => {
    const { status, stderr } = pahlevan(stateWith(), ...args);
    expect(status).toBe(code);
    expect(stderr).toContain(says);
  });

  it("refuses a file that is none, a newer one, and a store that is not there", () => {
    const state = stateWith();
    const none = pahlevan(state, "profile", "show", file("none.json", "{}"));
    expect(none).toMatchObject({ status: 2 });
    expect(none.stderr).toContain("this is no profile of Pahlevan");
    const newer = file("newer.json", '{"kind":"pahlevan.profile","version":99}');
    expect(pahlevan(state, "profile", "merge", "web", newer).stderr).toContain("upgrade");
    const absent = pahlevan(join(folder, "absent"), "profile", "list");
    expect(absent).toMatchObject({ status: 3 });
    expect(absent.stderr).toContain(`no store at ${join(folder, "absent/pahlevan.db")}`);
    writeFileSync(storeFile(state), "damaged");
    const damaged = pahlevan(state, "profile", "list");
    expect(damaged).toMatchObject({ status: 3 });
    expect(damaged.stderr).toContain("nothing was written to it");
  });
});

const policy = (enforcement: string) =>
  file(
    "web.yaml",
    `apiVersion: policy.pahlevan.io/v1alpha1
kind: PahlevanPolicy
metadata: {name: web}
spec:
  selector: {matchLabels: {pahlevan.io/name: web}}
  enforcement: {${enforcement}}
`,
  );
const closed = "mode: enforce, blockUnknown: true";

describe("a policy with a profile", () => {
  it("allows what was learned, and explains it so", () => {
    const acts = ["exec /usr/sbin/nginx", "file read /srv/item4", "exec /usr/bin/curl"];
    const asked = acts.flatMap((act) => ["--act", act]);
    const path = policy(closed);
    const { stdout } = pahlevan(
      stateWith(),
      "policy",
      "explain",
      "--profile",
      "web",
      ...asked,
      path,
    );
    expect(stdout).toContain("exec /usr/sbin/nginx: allowed\n  because learned");
    expect(stdout).toContain("file read /srv/item4: allowed\n  because learned");
    expect(stdout).toContain("exec /usr/bin/curl: denied");
  });

  it("is exported with it, and compared with it", () => {
    const state = stateWith();
    const path = policy(closed);
    const exported = pahlevan(state, "policy", "export", "apparmor", "--profile", "web", path);
    expect(exported.stdout).toContain("/etc/nginx/nginx.conf");
    const other = pahlevan(state, "policy", "diff", "--profile", "web", path, path);
    expect(other).toMatchObject({ status: 0, stdout: "no difference for the workload\n" });
  });

  it("would start its workload, or says what would be denied", () => {
    const clean = learn(emptyProfile, [
      began(instance),
      seenBy(instance, 1_400, executed("/usr/sbin/nginx")),
      ...seen("/etc/nginx/nginx.conf"),
    ]);
    const dry = (state: string, enforcement: string) =>
      pahlevan(state, "policy", "dry-run", "--profile", "web", policy(enforcement));
    const fine = dry(stateWith(clean), closed);
    expect(fine.status).toBe(0);
    expect(fine.stdout).toMatch(/^✓ .*web.yaml:1: policy web: it would start and work: 2 recorded/);
    const denied = dry(stateWith(clean), "mode: monitor, files: {deniedPaths: [/etc/nginx/**]}");
    expect(denied.status).toBe(1);
    expect(denied.stdout).toContain("of 2 recorded acts 1 would be denied");
    expect(denied.stdout).toContain("its own start needs file read /etc/nginx/nginx.conf, and");
    const waits = dry(stateWith(), closed);
    expect(waits.stdout).toContain("its own start needs file read /etc/shadow, and it is neither");
    const late = dry(stateWith(learn(emptyProfile, seen("/srv/a"))), closed);
    expect(late).toMatchObject({ status: 1 });
    expect(late.stdout).toContain("no start of an instance was recorded");
  });

  it("needs one for the dry run", () => {
    const { status, stderr } = pahlevan(stateWith(), "policy", "dry-run", policy(closed));
    expect(status).toBe(2);
    expect(stderr).toContain("against which profile? --profile NAME");
  });
});
