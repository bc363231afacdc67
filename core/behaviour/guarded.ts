/**
 * Paths that no pattern speaks for: a name in there decides what the system is, runs, or keeps
 * secret, so that one name more is one hole more.
 */

export interface Guarded {
  readonly why: string;
  /**
   * `*`: any letters of one name, none too. `**`: any number of names, none too. Letters count in
   * one case: /App/Server.KEY is a key.
   */
  readonly globs: readonly string[];
  /** What of it is not. */
  readonly but?: readonly string[];
}

/** At any depth: what a host shows to a container lies below /host, /rootfs and the like. */
const anywhere = (...names: readonly string[]) => names.map((name) => `/**/${name}/**`);
const named = (...globs: readonly string[]) => globs.map((glob) => `/**/${glob}`);

const keyEndings = [
  ...["pem", "key", "p12", "pfx", "jks", "keystore", "kdbx", "ppk", "asc", "gpg", "ovpn"],
].map((ending) => `*.${ending}`);
const secrets = ["secret", "token", "credential", "password", "kubeconfig"];
const accounts = [".env", ".netrc", ".pgpass", ".htpasswd", "shadow", "passwd", "sudoers"];
const libraries = "libraries become part of programs";

export const guarded: readonly Guarded[] = [
  { why: "etc decides how the system behaves", globs: anywhere("etc") },
  { why: "root is the administrator's", globs: anywhere("root") },
  {
    why: "proc shows and steers other processes",
    globs: anywhere("proc"),
    // Below its own number (which the kernel's part calls `self`) a process has its own threads.
    but: ["/proc/self/task/**"],
  },
  { why: "sys steers the kernel", globs: anywhere("sys") },
  { why: "/dev is devices", globs: ["/dev/**"], but: ["/dev/shm/**"] },
  { why: "/boot is what the machine starts", globs: ["/boot/**"] },
  { why: "/run holds sockets and secrets", globs: ["/run/**"] },
  { why: "/var/run holds sockets and secrets", globs: ["/var/run/**"] },
  { why: "programs are there to be run", globs: anywhere("bin", "sbin", "libexec") },
  { why: libraries, globs: [...anywhere("lib32", "lib64", "libx32"), "/lib/**", "/*/*/**/lib/**"] },
  // It has the name only: services keep their data there.
  { why: libraries, globs: ["/*/lib/**"], but: ["/var/lib/**"] },
  {
    why: "keys are kept there",
    globs: anywhere(".ssh", ".gnupg", ".aws", ".kube", ".docker", ".azure", ".gcloud"),
  },
  {
    why: "what lies there is run by others",
    globs: [
      ...anywhere("cron", "crontabs", "hooks", "autostart", "systemd", "init.d"),
      "/var/spool/at/**",
    ],
  },
  {
    why: "the next shell or the kernel runs it",
    globs: named(
      ...[".bashrc", ".bash_profile", ".bash_login", ".bash_logout", ".profile"],
      ...[".zshrc", ".zshenv", ".zprofile", "uevent_helper", "release_agent"],
    ),
  },
  {
    why: "it tells of who was there",
    globs: [
      ...["wtmp", "btmp", "lastlog", "auth.log", "secure", "audit/**"].map(
        (name) => `/var/log/${name}`,
      ),
      ...named(".*_history"),
    ],
  },
  {
    why: "it is named like a key or secret",
    globs: named(
      ...[...keyEndings, ...accounts, ...secrets.map((word) => `*${word}*`)],
      ...["id_*", "authorized_keys*", "known_hosts*"],
    ),
  },
  { why: "it is named like a socket", globs: named("*.sock", "*.socket", ".s.*") },
  { why: "it is a top directory", globs: ["/*"] },
  {
    why: "it has a step that only the file system can follow",
    globs: anywhere("", ".", ".."),
  },
];

/** Why the path is guarded; undefined where it is not. */
export function guardedBecause(path: string): string | undefined {
  return expressions.find(({ holds, but }) => holds.test(path) && !but?.test(path))?.why;
}

const expressions = guarded.map(({ why, globs, but }) => ({
  why,
  holds: expressionOf(globs),
  but: but && expressionOf(but),
}));

function expressionOf(globs: readonly string[]): RegExp {
  const each = globs.map((glob) => {
    const names = glob.slice(1).split("/");
    return names.map((name) => (name === "**" ? "(?:/[^/]*)*" : `/${lettersOf(name)}`)).join("");
  });
  return new RegExp(`^(?:${each.join("|")})$`, "i");
}

function lettersOf(name: string): string {
  return name.replaceAll(".", "\\.").replaceAll("*", "[^/]*");
}
