/** Acts on files: opened, made, removed, renamed, linked, changed. */
import type { Told } from "../stage/told.ts";
import { asPassed, fact, type Act, type Tiers } from "./act.ts";

const content = "some words\n";

const open = (path: string, ...access: readonly string[]) => fact("open", { path, access });

/** What a hook resolved, or at the lower tier what the caller passed. */
function changed(kind: "create" | "unlink" | "chmod", path: string, more: Omit<Told, "kind">) {
  return fact(kind, { path, access: [], ...more });
}

/** Where something sees it. */
function asCode(tiers: Tiers, path: string) {
  return tiers["mapped code"] === undefined ? [] : [open(path, "exec")];
}

export const fileActs: readonly Act[] = [
  {
    title: "a file opened to be read is told as read",
    fact: "open",
    files: { "/data/read": content },
    steps: ["open", "/data/read", "r"],
    expect: () => [open("/data/read", "read")],
  },
  {
    title: "a file that is mapped as code is told as that, too",
    fact: "open",
    files: { "/data/mapped": content },
    steps: ["map-code", "/data/mapped"],
    expect: (tiers) => [open("/data/mapped", "read"), ...asCode(tiers, "/data/mapped")],
  },
  {
    title: "a file that becomes code where it is mapped is told as that, too",
    fact: "open",
    files: { "/data/made-code": content },
    steps: ["make-code", "/data/made-code"],
    expect: (tiers) => [open("/data/made-code", "read"), ...asCode(tiers, "/data/made-code")],
  },
  {
    title: "a file opened to be written is told as written",
    fact: "open",
    files: { "/data/written": content },
    steps: ["open", "/data/written", "w"],
    expect: () => [open("/data/written", "write")],
  },
  {
    title: "a file opened for both is told as both",
    fact: "open",
    files: { "/data/both": content },
    steps: ["open", "/data/both", "+"],
    expect: () => [open("/data/both", "read", "write")],
  },
  {
    title: "a file that the open made is told as created",
    fact: "open",
    files: { "/data/": "" },
    steps: ["open", "/data/made", "wc"],
    expect: () => [open("/data/made", "write", "created")],
  },
  {
    title: "a file that the open emptied is told as truncated",
    fact: "open",
    files: { "/data/emptied": content },
    steps: ["open", "/data/emptied", "wt"],
    // Up to 6.1 the opening itself asks to change the size of the path, later of the open file.
    besides: ["chmod"],
    expect: () => [open("/data/emptied", "write", "truncated")],
  },
  {
    title: "a directory that is opened is told as one",
    fact: "open",
    files: { "/data/list/": "" },
    steps: ["open", "/data/list", "rd"],
    expect: () => [open("/data/list", "read", "directory")],
  },
  {
    title: "a file opened from a directory's descriptor is told by its whole path",
    fact: "open",
    files: { "/data/from/here/file": content },
    steps: ["open", "/data/from", "p", "then", "open-at", "here/file", "r"],
    expect: () => [open("/data/from/here/file", "read")],
  },
  {
    title: "the same file opened the same way again is counted, not told",
    fact: "open",
    files: { "/data/again": content },
    steps: ["open-often", "/data/again", "20"],
    expect: () => [open("/data/again", "read")],
  },
  {
    title: "a directory made is told",
    fact: "create",
    files: { "/data/": "" },
    steps: ["mkdir", "/data/directory"],
    expect: (tiers) => [
      changed("create", "/data/directory", { operation: "mkdir", ...asPassed(tiers, "create") }),
    ],
  },
  {
    title: "a named pipe made is told with its mode",
    fact: "create",
    files: { "/data/": "" },
    steps: ["mkfifo", "/data/pipe"],
    expect: (tiers) => [
      changed("create", "/data/pipe", {
        operation: "mknod",
        mode: 0o10600,
        ...asPassed(tiers, "create"),
      }),
    ],
  },
  {
    title: "a device node made is told with its mode",
    fact: "create",
    files: { "/data/": "" },
    steps: ["mkdev", "/data/null"],
    expect: (tiers) => [
      changed("create", "/data/null", {
        operation: "mknod",
        mode: 0o20600,
        ...asPassed(tiers, "create"),
      }),
    ],
  },
  {
    title: "a symlink made is told with its name and what it says",
    fact: "link",
    files: { "/data/": "" },
    steps: ["symlink", "../wherever", "/data/symlink"],
    expect: (tiers) => [
      fact("link", {
        operation: "symlink",
        path: "/data/symlink",
        target: "../wherever",
        ...asPassed(tiers, "link"),
      }),
    ],
  },
  {
    title: "a hard link made is told with both names",
    fact: "link",
    files: { "/data/linked": content },
    steps: ["link", "/data/linked", "/data/hard-link"],
    expect: (tiers) => [
      fact("link", {
        path: "/data/linked",
        target: "/data/hard-link",
        ...asPassed(tiers, "link"),
      }),
    ],
  },
  {
    title: "a file removed is told",
    fact: "unlink",
    files: { "/data/removed": content },
    steps: ["unlink", "/data/removed"],
    expect: (tiers) => [changed("unlink", "/data/removed", asPassed(tiers, "unlink"))],
  },
  {
    title: "a directory removed is told as one",
    fact: "unlink",
    files: { "/data/removed-directory/": "" },
    steps: ["rmdir", "/data/removed-directory"],
    expect: (tiers) => [
      changed("unlink", "/data/removed-directory", {
        operation: "rmdir",
        ...asPassed(tiers, "unlink"),
      }),
    ],
  },
  {
    title: "a rename is told with both names",
    fact: "rename",
    files: { "/data/old": content },
    steps: ["rename", "/data/old", "/data/new"],
    expect: (tiers) => [
      fact("rename", { path: "/data/old", target: "/data/new", ...asPassed(tiers, "rename") }),
    ],
  },
  {
    title: "a change of mode is told with the mode",
    fact: "chmod",
    files: { "/data/mode": content },
    steps: ["chmod", "/data/mode", "640"],
    expect: (tiers) => [
      changed("chmod", "/data/mode", {
        operation: "chmod",
        mode: 0o640,
        ...asPassed(tiers, "chmod"),
      }),
    ],
  },
  {
    title: "a change of mode by a descriptor is told with the file's own path",
    fact: "chmod",
    files: { "/data/open-mode": content },
    steps: ["chmod-open", "/data/open-mode", "640"],
    only: ["chmod"],
    expect: () => [changed("chmod", "/data/open-mode", { operation: "chmod", mode: 0o640 })],
  },
  {
    title: "a change of owner is told",
    fact: "chown",
    files: { "/data/owner": content },
    steps: ["chown", "/data/owner", "7", "8"],
    expect: (tiers) => [
      changed("chmod", "/data/owner", { operation: "chown", ...asPassed(tiers, "chown") }),
    ],
  },
  {
    title: "a change of size is told",
    fact: "chmod",
    files: { "/data/size": content },
    steps: ["truncate", "/data/size", "3"],
    expect: (tiers) => [
      changed("chmod", "/data/size", { operation: "truncate", ...asPassed(tiers, "chmod") }),
    ],
  },
  {
    title: "a bind mount is told with its place and its source",
    fact: "mount",
    files: { "/data/source/": "", "/data/place/": "" },
    steps: ["mount-bind", "/data/source", "/data/place"],
    expect: (tiers) => [
      fact("mount", {
        operation: "mount",
        path: "/data/place",
        source: "/data/source",
        ...asPassed(tiers, "mount"),
      }),
    ],
  },
  {
    title: "an unmount is told with its place",
    fact: "mount",
    files: { "/data/mounted/": "" },
    before: ["mount-tmpfs", "/data/mounted"],
    steps: ["umount", "/data/mounted"],
    expect: (tiers) => [
      fact("mount", { operation: "umount", path: "/data/mounted", ...asPassed(tiers, "mount") }),
    ],
  },
];
