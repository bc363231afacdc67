/** How many different names a directory must show before its names are taken for any name. */

export interface DirectoryClass {
  readonly directory: string;
  readonly needed: number;
  readonly is: string;
}

/**
 * The first that fits. The shorter-lived what lies there, the fewer names say that more will come.
 */
const classes: readonly DirectoryClass[] = [
  { directory: "/tmp", needed: 8, is: "temporary files" },
  { directory: "/var/tmp", needed: 8, is: "temporary files" },
  { directory: "/dev/shm", needed: 8, is: "shared memory" },
  { directory: "/var/cache", needed: 16, is: "caches" },
  { directory: "/var/spool", needed: 16, is: "queues" },
  { directory: "/var/log", needed: 16, is: "logs" },
  { directory: "/var/lib", needed: 32, is: "what services keep" },
  { directory: "/var/www", needed: 32, is: "what a server serves" },
  { directory: "/srv", needed: 32, is: "what a server serves" },
  { directory: "/data", needed: 32, is: "data" },
  { directory: "/mnt", needed: 32, is: "mounted data" },
  { directory: "/home", needed: 64, is: "people's files" },
];
const any = { needed: 64, is: "files" };

/** Each of their children is a world of its own. */
const neverBelow = new Set(["", "/var", "/usr", "/home", "/opt", "/media", "/var/lib"]);

/** Undefined where no number is enough. */
export function classOf(directory: string): DirectoryClass | undefined {
  if (neverBelow.has(directory)) return undefined;
  const found = classes.find(
    (each) => directory === each.directory || directory.startsWith(`${each.directory}/`),
  );
  return found ?? { directory, ...any };
}
