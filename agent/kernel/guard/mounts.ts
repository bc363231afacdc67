/** Which mounts a file system is gone with, when they are unmounted, by /proc/PID/mountinfo. */

/** A device as the kernel itself numbers it. */
export interface Device {
  readonly number: number;
  /** "0:31", as mountinfo has it. */
  readonly text: string;
}

/** Of what stat() tells (makedev(3)). */
export function deviceOf(dev: bigint): Device {
  const major = (dev >> 8n) & 0xfffn;
  const minor = (dev & 0xffn) | ((dev >> 12n) & 0xfff00n);
  return { number: Number((major << 20n) | minor), text: `${major}:${minor}` };
}

/** Where it is mounted, and the mounts above: a lazy unmount takes all below it along. */
export function takenAlong(mountinfo: string, { text }: Device): ReadonlySet<number> {
  const parents = new Map<number, number>();
  const of: number[] = [];
  for (const line of mountinfo.split("\n")) {
    const [id = "", parent, device] = line.split(" ");
    if (id === "") continue;
    parents.set(Number(id), Number(parent));
    if (device === text) of.push(Number(id));
  }
  const taken = new Set<number>();
  for (const mount of of)
    for (let at = mount; parents.has(at) && !taken.has(at); at = parents.get(at) ?? at)
      taken.add(at);
  return taken;
}
