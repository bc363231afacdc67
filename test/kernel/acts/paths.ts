/** Acts on paths that are odd: too long, not text, behind links and mounts, gone. */
import type { Told } from "../stage/told.ts";
import { asPassed, by, fact, type Act } from "./act.ts";

const opened = (path: string, more: Omit<Told, "kind" | "in"> = {}) =>
  fact("open", { path, access: ["read"], ...more });
const made = (path: string, ...flags: readonly string[]) =>
  fact("open", {
    path,
    access: ["write", "created"],
    ...(flags.length > 0 && { flags }),
  });

/** Longer than the cache stays out of it after the container's own mounts. */
const SETTLED_MS = "2500";
const PATH_BYTES = 4096;
/** Directories of this name, each in the one before, and a file whose path is so long. */
const directory = "d".repeat(100);
const depth = 40;
/** On a file system that ends with the container: few programs can remove such a tree. */
const start = "/tmp/long";
const above = start.length + depth * (directory.length + 1);
const longest = "f".repeat(PATH_BYTES - above - 1);
const whole = `${start}${`/${directory}`.repeat(depth)}/${longest}`;
/** Of a path that is one byte too long, the names that fit. */
const end = `/long+${`/${directory}`.repeat(depth)}/${longest}`;

/** The cache knows so many names that a new one often falls on the row of another. */
const [KNOWN_NAMES, NEW_NAMES] = [200, 50];

function namesAlike(prefix: string): Act {
  const letters = prefix.slice("/data/many/".length).length + 3;
  const names = Array.from({ length: KNOWN_NAMES + NEW_NAMES }, (_, number) =>
    String(number).padStart(3, "0"),
  );
  return {
    title: `names of ${letters} letters of which three differ are told once each, known ones or not`,
    fact: "unlink",
    files: { "/data/many/": "", "/data/settling": "" },
    steps: [
      ...["open-for", "/data/settling", SETTLED_MS, "then"],
      ...["make-and-remove", prefix, "0", String(KNOWN_NAMES), "5", "then"],
      ...["make-and-remove", prefix, String(KNOWN_NAMES), String(NEW_NAMES), "1"],
    ],
    only: ["unlink"],
    expect: (tiers) =>
      names.map((name) =>
        fact("unlink", { path: prefix + name, access: [], ...asPassed(tiers, "unlink") }),
      ),
  };
}

export const pathActs: readonly Act[] = [
  {
    title: "a path of 4 096 bytes is told whole",
    fact: "open",
    before: ["mkdir", start],
    steps: [
      ...["chdir", start, "then", "descend", directory, String(depth), "then"],
      ...["open", longest, "wc"],
    ],
    only: ["open"],
    expect: () => [made(whole)],
  },
  {
    title: "a path of one byte more loses its first name, and says so",
    fact: "open",
    before: ["mkdir", `${start}+`],
    steps: [
      ...["chdir", `${start}+`, "then", "descend", directory, String(depth), "then"],
      ...["open", longest, "wc"],
    ],
    only: ["open"],
    expect: () => [made(end, "cut")],
  },
  {
    title: "a path that is cut is told each time: it may be another one's",
    fact: "open",
    before: ["mkdir", "/tmp/many"],
    steps: [
      ...["chdir", "/tmp/many", "then", "descend", "d", "200", "then"],
      ...["open", "file", "wc", "then", "open-often", "file", "3"],
    ],
    only: ["open"],
    // 128 names and mounts are walked.
    expect: () => {
      const path = `${"/d".repeat(127)}/file`;
      const again = opened(path, { flags: ["cut"] });
      return [made(path, "cut"), again, again, again];
    },
  },
  {
    title: "a name that is not UTF-8 is told byte by byte, and says so",
    fact: "open",
    files: { "/data/": "" },
    steps: ["open", Buffer.from("/data/\xff\\name", "latin1"), "wc"],
    expect: () => [made("(escaped) /data/\\xff\\x5cname")],
  },
  {
    title: "a name with line ends and terminal codes is told as it is",
    fact: "open",
    files: { "/data/": "" },
    steps: ["open", "/data/\u001b[31mred\n\r", "wc"],
    expect: () => [made("/data/\u001b[31mred\n\r")],
  },
  {
    title: "an open through symlinks is told with the path that they lead to",
    fact: "open",
    files: { "/data/real/file": "" },
    before: [
      ...["symlink", "/data/real", "/data/way", "then"],
      ...["symlink", "../data/way/./file", "/data/detour"],
    ],
    steps: ["open", "/data/detour", "r"],
    expect: () => [opened("/data/real/file")],
  },
  {
    title: "two names of one file are two facts",
    fact: "open",
    files: { "/data/first": "" },
    before: ["link", "/data/first", "/data/second"],
    steps: ["open", "/data/first", "r", "then", "open", "/data/second", "r"],
    expect: () => [opened("/data/first"), opened("/data/second")],
  },
  {
    title: "one file by two mounts is two facts",
    fact: "open",
    files: { "/data/here/file": "", "/data/there/": "" },
    before: ["mount-bind", "/data/here", "/data/there"],
    steps: ["open", "/data/here/file", "r", "then", "open", "/data/there/file", "r"],
    expect: () => [opened("/data/here/file"), opened("/data/there/file")],
  },
  {
    title: "a file in an overlay is told by its path there",
    fact: "open",
    files: { "/data/target/": "", "/data/lower/file": "x" },
    before: [
      ...["mkdir", "/tmp/upper", "then", "mkdir", "/tmp/work", "then"],
      ...["mount-overlay", "/data/lower", "/tmp/upper", "/tmp/work", "/data/target"],
    ],
    steps: ["open", "/data/target/file", "r"],
    expect: () => [opened("/data/target/file")],
  },
  {
    title: "code in an overlay is told by its path there, whatever file is mapped below",
    fact: "open",
    files: { "/data/covered/": "", "/data/below/code": "x", "/data/below/later": "x" },
    before: [
      ...["mkdir", "/tmp/over", "then", "mkdir", "/tmp/over-work", "then"],
      ...["mount-overlay", "/data/below", "/tmp/over", "/tmp/over-work", "/data/covered"],
    ],
    steps: ["map-code", "/data/covered/code", "then", "make-code", "/data/covered/later"],
    expect: (tiers) =>
      ["/data/covered/code", "/data/covered/later"].flatMap((path) => [
        opened(path),
        ...(tiers["mapped code"] === undefined ? [] : [fact("open", { path, access: ["exec"] })]),
      ]),
  },
  {
    title: "behind a chroot a path is still the mount namespace's",
    fact: "open",
    files: { "/data/jail/file": "" },
    steps: ["chroot", "/data/jail", "then", "open", "/file", "r"],
    expect: () => [opened("/data/jail/file")],
  },
  {
    title: "in a mount namespace of its own a process is told by the paths there",
    fact: "open",
    files: { "/data/private/": "" },
    steps: [
      ...["unshare-mounts", "then", "mount-tmpfs", "/data/private", "then"],
      ...["open", "/data/private/file", "wc"],
    ],
    only: ["open"],
    expect: () => [made("/data/private/file")],
  },
  {
    title: "what a process reads of itself below /proc is told by what it may call itself",
    fact: "open",
    steps: ["open", "/proc/self/status", "r", "then", "open", "/proc/1/status", "r"],
    expect: () => [opened("/proc/self/status"), opened("/proc/1/status")],
  },
  {
    title: "a file without a name any more, reached through /proc, is told as deleted",
    fact: "open",
    files: { "/data/lost": "" },
    steps: ["open", "/data/lost", "r", "then", "unlink", "/data/lost", "then", "reopen", "r"],
    only: ["open"],
    expect: () => [opened("/data/lost"), opened("/data/lost", { flags: ["deleted"] })],
  },
  {
    title: "a file that the cache knows is told as deleted once it has no name",
    fact: "open",
    files: { "/data/known": "" },
    steps: [
      ...["open-for", "/data/known", SETTLED_MS, "then", "open", "/data/known", "r"],
      ...["then", "unlink", "/data/known", "then", "reopen", "r"],
    ],
    only: ["open"],
    expect: () => [opened("/data/known"), opened("/data/known", { flags: ["deleted"] })],
  },
  {
    title: "a file that the cache knows is told by each new name",
    fact: "open",
    files: { "/data/one": "" },
    steps: [
      ...["open-for", "/data/one", SETTLED_MS, "then", "rename", "/data/one", "/data/two"],
      ...["then", "open", "/data/two", "r", "then", "link", "/data/two", "/data/three"],
      ...["then", "open", "/data/three", "r", "then", "open", "/data/two", "r"],
    ],
    only: ["open"],
    expect: () => ["/data/one", "/data/two", "/data/three"].map((path) => opened(path)),
  },
  {
    title: "a file that the cache knows is told again when it is made anew",
    fact: "open",
    files: { "/data/anew": "" },
    steps: [
      ...["open-for", "/data/anew", SETTLED_MS, "then", "unlink", "/data/anew"],
      ...["then", "open", "/data/anew", "wc", "then", "open", "/data/anew", "+"],
    ],
    only: ["open"],
    expect: () => [
      opened("/data/anew"),
      opened("/data/anew", { access: ["write", "created"] }),
      opened("/data/anew", { access: ["read", "write"] }),
    ],
  },
  {
    title: "names that are exchanged over and over are told once, a new pair of them again",
    fact: "rename",
    files: { "/data/red": "" },
    steps: [
      ...["open-for", "/data/red", SETTLED_MS],
      ...Array.from({ length: 5 }, () => [
        ...["then", "rename", "/data/red", "/data/blue"],
        ...["then", "rename", "/data/blue", "/data/red"],
      ]).flat(),
      ...["then", "rename", "/data/red", "/data/green"],
    ],
    only: ["rename"],
    expect: (tiers) =>
      [
        ["/data/red", "/data/blue"],
        ["/data/blue", "/data/red"],
        ["/data/red", "/data/green"],
      ].map(([path = "", target]) =>
        fact("rename", { path, target, ...asPassed(tiers, "rename") }),
      ),
  },
  ...["/data/many/no-", "/data/many/of-eighteen-but-"].map(namesAlike),
  {
    title: "a file in a directory that was renamed is told by its new path, however often seen",
    fact: "open",
    files: { "/data/before/file": "" },
    steps: [
      ...["open-for", "/data/before/file", SETTLED_MS, "then"],
      ...["rename", "/data/before", "/data/after", "then", "open", "/data/after/file", "r"],
    ],
    only: ["open"],
    expect: () => [opened("/data/before/file"), opened("/data/after/file")],
  },
  {
    title: "an exec in a directory that is gone is told with its old path, as deleted",
    fact: "exec",
    files: { "/data/": "" },
    steps: [
      ...["mkdir", "/data/gone", "then", "chdir", "/data/gone", "then"],
      ...["rmdir", "/data/gone", "then", "exec", "/bin/busybox", "true"],
    ],
    only: ["exec"],
    expect: () => [
      fact("exec", {
        path: "/bin/busybox",
        args: ["/bin/busybox", "true"],
        cwd: "/data/gone",
        flags: ["deleted"],
        by: by("act", 0, "/bin/busybox"),
      }),
    ],
  },
  {
    title: "a program that is in memory only is told as one without a name in any tree",
    fact: "exec",
    steps: ["exec-memory", "/bin/busybox", "true"],
    only: ["exec"],
    expect: () => [
      fact("exec", {
        path: "/memfd:ghost",
        args: ["/bin/busybox", "true"],
        cwd: "/",
        flags: ["deleted", "detached"],
        by: by("act", 0, "/memfd:ghost"),
      }),
    ],
  },
  {
    title: "of two megabytes of argv the first 4 096 bytes are told, and that it was cut",
    fact: "exec",
    steps: ["exec-many", "/bin/busybox", "15", "130000"],
    only: ["exec"],
    expect: () => [
      fact("exec", {
        path: "/bin/busybox",
        args: ["/bin/busybox", "x".repeat(PATH_BYTES - "/bin/busybox\0".length)],
        cwd: "/",
        flags: ["cut"],
        by: by("act", 0, "/bin/busybox"),
      }),
    ],
  },
  {
    title: "an exec without any argv is told with the empty word that the kernel puts there",
    fact: "exec",
    steps: ["exec-no-words", "/bin/busybox"],
    only: ["exec"],
    expect: () => [
      fact("exec", {
        path: "/bin/busybox",
        args: [""],
        cwd: "/",
        by: by("act", 0, "/bin/busybox"),
      }),
    ],
  },
];
