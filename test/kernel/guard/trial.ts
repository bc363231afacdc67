/**
 * A command is learned, then held to what was learned, then attacked from within: what came of each
 * step. Prints it as one line of JSON where it is run by itself, as in a VM.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Pahlevan, parsed } from "../pahlevan.ts";

export interface Step {
  readonly exit: number | null;
  /** "deny exec /usr/bin/id exec", "alert file /etc/shadow read" */
  readonly decisions: readonly string[];
}

export interface Trial {
  /** Whether the hooks of this kernel refuse: of programs by lsm or fmod_ret, else by a signal. */
  readonly refuses: boolean;
  readonly again: Step;
  /** All attacks one after the other, in one run: to load programs takes a VM half a minute. */
  readonly attacked: Step & { readonly succeeded: readonly string[] };
  readonly unlearned: { readonly exit: number | null; readonly says: string };
}

interface Attack {
  /** Of the shell itself wherever a further program would be stopped first. */
  readonly script: (folder: string) => string;
  readonly took: (folder: string) => boolean;
}

const made = (name: string) => (folder: string) => existsSync(join(folder, name));

/** Each leaves a file behind where it succeeds. */
const attacks = {
  "a program that was never run": {
    script: (folder) => `/usr/bin/touch ${folder}/touched`,
    took: made("touched"),
  },
  "a copy of one under another name": {
    script: (folder) => `${folder}/planted ${folder}/by-copy`,
    took: made("by-copy"),
  },
  "a file that was never read": {
    script: (folder) =>
      `read -r line </etc/shadow && cat /etc/hostname >${folder}/work && : >${folder}/seen`,
    took: () => false,
  },
  "the same behind a symlink": {
    script: (folder) => `read -r line <${folder}/link`,
    took: () => false,
  },
  "what another process has below /proc, where it read its own": {
    script: () => "read -r line </proc/$$/status",
    took: () => false,
  },
  "a file that was never made": {
    script: (folder) => `: >${folder}/evil`,
    took: made("evil"),
  },
  "an address that was never reached": {
    script: () => ": </dev/tcp/192.0.2.1/80",
    took: () => false,
  },
} satisfies Readonly<Record<string, Attack>>;
export type Attacked = keyof typeof attacks;

const work = (folder: string) =>
  `cat /etc/hostname >${folder}/work; ls /usr/share >/dev/null; rm ${folder}/work; ` +
  // Often enough for the kernel to answer from its cache.
  "for time in 1 2 3 4; do read -r line </proc/$$/status; done; " +
  "(: </dev/tcp/127.0.0.1/9) 2>/dev/null; true";

export async function trial(): Promise<Trial> {
  const folder = mkdtempSync(join(tmpdir(), "pahlevan-trial-"));
  try {
    mkdirSync(join(folder, "state"));
    copyFileSync("/usr/bin/touch", join(folder, "planted"));
    symlinkSync("/etc/shadow", join(folder, "link"));
    await step(folder, ["--name", "svc"], work(folder));
    const enforced = ["--name", "svc", "--enforce"];
    const again = await step(folder, enforced, work(folder));
    const all = Object.entries<Attack>(attacks);
    const scripts = all.map(([, { script }]) => `(${script(folder)})`);
    const attacked = await step(folder, enforced, [work(folder), ...scripts].join("; "));
    const succeeded = all.flatMap(([name, { took }]) => (took(folder) ? [name] : []));
    const unlearned = new Pahlevan([...words(folder, ["--name", "nobody", "--enforce"]), "true"]);
    const { code: exit } = await unlearned.ended;
    return {
      refuses: await refuses(),
      again,
      attacked: { ...attacked, succeeded },
      unlearned: { exit, says: unlearned.stderr },
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function words(folder: string, options: readonly string[]): string[] {
  const summary = ["-o", "json", "--summary-file", join(folder, "summary.json")];
  return ["run", "--state-directory", join(folder, "state"), ...summary, ...options, "--"];
}

async function step(folder: string, options: readonly string[], script: string): Promise<Step> {
  await using run = new Pahlevan([...words(folder, options), "bash", "--norc", "-c", script]);
  const { code: exit } = await run.ended;
  const { denied = [] } = parsed(readFileSync(join(folder, "summary.json"), "utf8"));
  if (!Array.isArray(denied)) throw new Error(`no list of what was denied: ${String(denied)}`);
  const decisions = denied.map((each: unknown) => decisionText(parsed(JSON.stringify(each))));
  return { exit, decisions };
}

function decisionText(decision: Readonly<Record<string, unknown>>): string {
  const { action, facet, object, uses } = decision;
  const words = Array.isArray(uses) ? uses.map(String) : [];
  return [action, facet, object, ...words].join(" ");
}

async function refuses(): Promise<boolean> {
  const asked = new Pahlevan(["debug", "system-capabilities", "-o", "json"]);
  await asked.ended;
  const { tiers } = parsed(asked.stdout);
  const open = Array.isArray(tiers)
    ? tiers.map((row: unknown) => parsed(JSON.stringify(row))).find(({ fact }) => fact === "open")
    : undefined;
  return open?.["tier"] === "lsm" || open?.["tier"] === "fentry";
}

if (import.meta.main) console.log(JSON.stringify(await trial()));
