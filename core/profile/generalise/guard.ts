/**
 * Where no wildcard may be or reach, unless a person allows it: a name in there decides what the
 * system is, runs, or keeps secret, so that one name more is one hole more.
 */

interface Guard {
  readonly why: string;
  readonly guards: (segments: readonly string[]) => boolean;
}

const below = (first: string) => (segments: readonly string[]) => segments[0] === first;
/** At any depth: what a host shows to a container lies below /host, /rootfs and the like. */
const anywhere = (names: ReadonlySet<string>) => (segments: readonly string[]) =>
  segments.some((segment) => names.has(segment));
/** Letters only count in one case: /App/Server.KEY is a key too. */
const leaf = (pattern: RegExp) => (segments: readonly string[]) =>
  pattern.test((segments.at(-1) ?? "").toLowerCase());

const programs = new Set(["bin", "sbin", "libexec"]);
const libraries = new Set(["lib", "lib32", "lib64", "libx32"]);
const secretPlaces = new Set([".ssh", ".gnupg", ".aws", ".kube", ".docker", ".azure", ".gcloud"]);
const hooks = new Set(["cron", "crontabs", "hooks", "autostart", "systemd"]);
const keys =
  /\.(?:pem|key|p12|pfx|jks|keystore|kdbx|ppk|asc|gpg|ovpn)$|^id_[a-z0-9]+|^(?:authorized_keys|known_hosts)|^(?:\.env|\.netrc|\.pgpass|\.htpasswd|shadow|passwd|sudoers)$|secret|token|credential|password|kubeconfig/;
const sockets = /\.sock(?:et)?$|^\.s\./;

/**
 * Below its own number (which the kernel's part calls `self`) a process has only its own threads.
 */
const isOwnThread = ([proc, self, task]: readonly string[]) =>
  proc === "proc" && self === "self" && task === "task";

const guards: readonly Guard[] = [
  { why: "etc decides how the system behaves", guards: anywhere(new Set(["etc"])) },
  { why: "root is the administrator's", guards: anywhere(new Set(["root"])) },
  {
    why: "proc shows and steers other processes",
    guards: (segments) => segments.includes("proc") && !isOwnThread(segments),
  },
  { why: "sys steers the kernel", guards: anywhere(new Set(["sys"])) },
  {
    why: "/dev is devices",
    guards: ([first, second]) => first === "dev" && second !== "shm",
  },
  { why: "/boot is what the machine starts", guards: below("boot") },
  { why: "/run holds sockets and secrets", guards: below("run") },
  {
    why: "/var/run holds sockets and secrets",
    guards: ([first, second]) => first === "var" && second === "run",
  },
  { why: "programs are there to be run", guards: anywhere(programs) },
  {
    why: "libraries become part of programs",
    // /var/lib has the name only: services keep their data there.
    guards: ([first, ...rest]) =>
      libraries.has(first ?? "") ||
      rest.some((name, at) => libraries.has(name) && !(first === "var" && at === 0)),
  },
  { why: "keys are kept there", guards: anywhere(secretPlaces) },
  { why: "what lies there is run by others", guards: anywhere(hooks) },
  { why: "it is named like a key or secret", guards: leaf(keys) },
  { why: "it is named like a socket", guards: leaf(sockets) },
  { why: "it is a top directory", guards: (segments) => segments.length < 2 },
  {
    why: "it has a step that only the file system can follow",
    guards: (segments) => segments.some((segment) => /^\.{0,2}$/.test(segment)),
  },
];

/**
 * Why the path is guarded; undefined where it is not. `allowed`: directories in which a person has
 * allowed wildcards.
 */
export function guardOf(path: string, allowed: readonly string[] = []): string | undefined {
  if (!path.startsWith("/")) return "it does not begin at the root";
  const segments = path.slice(1).split("/");
  const why = guards.find((guard) => guard.guards(segments))?.why;
  if (why === undefined) return undefined;
  // No permission reaches through "..".
  if (segments.includes("..")) return why;
  return allowed.some((directory) => path.startsWith(`${directory}/`)) ? undefined : why;
}
