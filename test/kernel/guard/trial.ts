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
  writeFileSync,
} from "node:fs";
import { once } from "node:events";
import { createServer } from "node:net";
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
  /** How often somebody came through to the runtime's socket. */
  readonly reached: number;
  readonly unlearned: { readonly exit: number | null; readonly says: string };
}

interface Attack {
  /** Of the shell itself wherever a further program would be stopped first. */
  readonly script: (folder: string) => string;
  readonly took: (folder: string) => boolean;
}

const made = (name: string) => (folder: string) => existsSync(join(folder, name));

/** By architecture: perl has no names for them. */
const calls =
  process.arch === "arm64"
    ? {
        ...{ bpf: 280, finit_module: 273, memfd_create: 279, mmap: 222, mount: 40 },
        ...{ clone: 220, process_vm_readv: 270, umount2: 39, unshare: 97 },
      }
    : {
        ...{ bpf: 321, finit_module: 313, memfd_create: 319, mmap: 9, mount: 165 },
        ...{ clone: 56, process_vm_readv: 310, umount2: 166, unshare: 272 },
      };

const connecting = (path: string) =>
  `perl -MSocket -e 'socket S, PF_UNIX, SOCK_STREAM, 0; exit !connect S, sockaddr_un("${path}")'`;

/** Of any file. */
const mappingOf = (path: string) =>
  `perl -e 'open F, "${path}"; exit(syscall(${calls.mmap}, 0, 4096, 5, 2, fileno F, 0) == -1)'`;

/** Of a page of nothing: the memory file is mapped as code, and not run. */
const mapping =
  `perl -e '$file = syscall(${calls.memfd_create}, $name = "m", 0); open F, ">&=", $file; ` +
  `syswrite F, "." x 4096; exit(syscall(${calls.mmap}, 0, 4096, 5, 2, $file, 0) == -1)'`;

/** Of a map for a number. */
const mapMaking = `syscall(${calls.bpf}, 0, $map = pack("L18", 2, 4, 8, 1), 72)`;

/** Nothing is there: who may look is told so. */
const looking =
  '$here = pack("P1Q", $byte = "x", 1); $there = pack("QQ", 4096, 1); ' +
  `syscall(${calls.process_vm_readv}, getppid, $here, 1, $there, 1, 0)`;

const NEW_UTS = 0x04000000;
const NEW_USER = 0x10000000;

/** By clone, and left at once. */
const namespaceMaking =
  `$child = syscall(${calls.clone}, ${NEW_USER} | 17, 0, 0, 0, 0); ` +
  "exit 0 unless $child; exit 1 if $child < 0; waitpid $child, 0";

/** An act of perl's own, which the work runs, too. */
const perl = (act: (folder: string) => string) => ({
  script: (folder: string) => `perl -e '${act(folder)}'`,
  took: () => false,
});

/** Files that are only there to be changed, each by another attack. */
const victims = ["mode", "owner", "gone", "stepped", "place", "linked"] as const;

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
  "a script with the interpreter of another": {
    script: (folder) => `${folder}/other.sh ${folder}/by-script`,
    took: made("by-script"), // which the one makes, and is let to
  },
  "a script of the same name in another directory": {
    script: (folder) => `cd ${folder}/state && ./other.sh ${folder}/by-elsewhere`,
    took: made("by-elsewhere"),
  },
  "the interpreter of a script by itself": {
    script: (folder) => `/bin/dash -c ': >${folder}/by-dash'`,
    took: made("by-dash"),
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
  "a container runtime's socket behind a learned name": {
    script: (folder) => connecting(`${folder}/app.sock`),
    took: () => false,
  },
  "the same by its own name": {
    script: () => connecting(runtimeSocket),
    took: () => false,
  },
  "a module": {
    script: () =>
      `perl -e 'open F, "/etc/hostname"; syscall(${calls.finit_module}, fileno(F), $options = "", 0)'`,
    took: () => false,
  },
  "a change of mode": perl((folder) => `chmod 0755, "${folder}/mode"`),
  "a change of mode by a descriptor": perl(
    (folder) => `open F, "${folder}/tool.sh"; chmod 0755, *F`,
  ),
  "a change of owner": perl((folder) => `chown 1, 1, "${folder}/owner"`),
  "a file out of the way": perl((folder) => `unlink "${folder}//gone"`),
  "a file out of the way, by a step back": perl((folder) => `unlink "${folder}/state/../stepped"`),
  "a file in another's place": perl((folder) => `rename "${folder}/place", "${folder}/placed"`),
  "another name for a file": perl((folder) => `link "${folder}/linked", "${folder}/link-to-it"`),
  "a mount, and its end": perl(
    (folder) =>
      `syscall(${calls.mount}, $a = "none", $b = "${folder}/state", $c = "tmpfs", 0, 0); ` +
      `syscall(${calls.umount2}, $b, 0)`,
  ),
  "namespaces of its own": perl(() => `syscall(${calls.unshare}, ${NEW_UTS})`),
  "a user namespace of its own": perl(() => namespaceMaking),
  "a door of its own": perl(() => "use Socket; socket S, PF_INET, SOCK_STREAM, 0; listen S, 1"),
  "a root of its own": perl((folder) => `chroot "${folder}"`),
  "a map in the kernel": perl(() => mapMaking),
  "another's memory": perl(() => looking),
  "code of a file that is only read": {
    script: () => mappingOf("/etc/hostname"),
    took: () => false,
  },
  "code from memory": {
    script: (folder) => `${mapping} && : >${folder}/by-memory`,
    took: made("by-memory"),
  },
} satisfies Readonly<Record<string, Attack>>;
export type Attacked = keyof typeof attacks;

/** What attacks make: the work makes it as well, and takes it away. */
const marks = (folder: string) =>
  ["script", "elsewhere", "dash", "memory"].map((by) => `${folder}/by-${by}`).join(" ");

const work = (folder: string) =>
  `cat /etc/hostname >${folder}/work; ls /usr/share >/dev/null; rm ${folder}/work; ` +
  // Often enough for the kernel to answer from its cache.
  "for time in 1 2 3 4; do read -r line </proc/$$/status; done; " +
  `(cd ${folder} && ./other.sh); ${folder}/tool ${marks(folder)}; rm ${marks(folder)}; ` +
  `${connecting(`${folder}/app.sock`)}; ` +
  `perl -e 'mkdir "${folder}//made/"; rmdir "${folder}/./made"'; ` +
  "(: </dev/tcp/127.0.0.1/9) 2>/dev/null; true";

export async function trial(): Promise<Trial> {
  // Not in /tmp: what is run from there waits for a person.
  const folder = mkdtempSync("/opt/pahlevan-trial-");
  try {
    mkdirSync(join(folder, "state"));
    copyFileSync("/usr/bin/touch", join(folder, "planted"));
    symlinkSync("/etc/shadow", join(folder, "link"));
    symlinkSync("tool.sh", join(folder, "tool"));
    for (const victim of victims) writeFileSync(join(folder, victim), "");
    const touches = 'for made; do : >"$made"; done\n';
    writeFileSync(join(folder, "tool.sh"), `#!/bin/dash\n${touches}`, { mode: 0o755 });
    writeFileSync(join(folder, "other.sh"), `#!/bin/bash\n${touches}`, { mode: 0o755 });
    writeFileSync(join(folder, "state/other.sh"), `#!/bin/bash\n${touches}`, { mode: 0o755 });
    await step(folder, ["--name", "svc"], work(folder));
    const enforced = ["--name", "svc", "--enforce"];
    const again = await step(folder, enforced, work(folder));
    writeFileSync(join(folder, "other.sh"), `#!/bin/dash\n${touches}`);
    await using runtime = await listening(runtimeSocket);
    symlinkSync(runtimeSocket, join(folder, "app.sock"));
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
      reached: runtime.reached(),
      unlearned: { exit, says: unlearned.stderr },
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Of a runtime that is no more. */
const runtimeSocket = "/run/dockershim.sock";

async function listening(path: string): Promise<AsyncDisposable & { reached(): number }> {
  let times = 0;
  const server = createServer((socket) => {
    times++;
    socket.destroy();
  });
  await once(server.listen(path), "listening");
  return {
    reached: () => times,
    [Symbol.asyncDispose]: async () => {
      await once(server.close(), "close");
    },
  };
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

export async function refuses(): Promise<boolean> {
  const asked = new Pahlevan(["debug", "system-capabilities", "-o", "json"]);
  await asked.ended;
  const { tiers } = parsed(asked.stdout);
  const open = Array.isArray(tiers)
    ? tiers.map((row: unknown) => parsed(JSON.stringify(row))).find(({ fact }) => fact === "open")
    : undefined;
  return open?.["tier"] === "lsm" || open?.["tier"] === "fentry";
}

if (import.meta.main) console.log(JSON.stringify(await trial()));
