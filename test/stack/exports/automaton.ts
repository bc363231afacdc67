/** The automaton that AppArmor compiled a profile to, walked as the kernel walks it. */

interface State {
  readonly allow: number;
  readonly deny: number;
  readonly next: Map<number, number>;
  /** For bytes that are not in `next`, unless excluded; absent: they end in nothing. */
  readonly other?: number;
  readonly excluded: ReadonlySet<number>;
}

/** Of AppArmor's permissions those of the file's owner; the others' are the same here. */
export const bits = { x: 0x1, w: 0x2, r: 0x4, l: 0x10, k: 0x20, m: 0x40 } as const;

const nothing = 0;
const isState = /^\{(\d+)\} perms: (?:none|\s*\(0x ([0-9a-f]+)\/([0-9a-f]+)\/.*\))$/;
const isAccepting = /^\{(\d+)\} \(0x ([0-9a-f]+)\/([0-9a-f]+)\//;
const isByte = /^ {4}.*0x([0-9a-f]+) -> \{(\d+)\}/;
const isOther = /^ {4}\[(?:\^(.*))?\] -> \{(\d+)\}/s;

export class Automaton {
  readonly #states: ReadonlyMap<number, State>;

  constructor(dump: string) {
    this.#states = readStates(dump);
  }

  /** What the profile lets do with the file of this path. */
  permissions(path: Uint8Array): number {
    // A link is asked for twice: by its name, and by its name with what it links to.
    const target = [0, ...Buffer.from("/target")];
    const links = this.#walk(path) & this.#walk([...path, ...target]) & bits.l;
    return (this.#walk(path) & ~bits.l) | links;
  }

  #walk(path: Iterable<number>): number {
    let at = this.#states.get(1);
    for (const byte of path) {
      const next = at?.next.get(byte) ?? (at?.excluded.has(byte) ? nothing : at?.other);
      at = this.#states.get(next ?? nothing);
    }
    return at === undefined ? 0 : at.allow & ~at.deny;
  }
}

/** Of the first automaton: another one, of sockets and mounts, comes after it. */
function readStates(dump: string): Map<number, State> {
  const [, first = ""] = dump.split(/^\{1\} <== .*$/m);
  const states = new Map<number, State>();
  let current = 0;
  const put = (number: number, part: Partial<State>) => {
    const known = states.get(number) ?? {
      allow: 0,
      deny: 0,
      next: new Map<number, number>(),
      excluded: new Set<number>(),
    };
    states.set(number, { ...known, ...part });
  };
  for (const line of first.split("\n")) {
    const [, state, allow = "0", deny = "0"] = isState.exec(line) ?? isAccepting.exec(line) ?? [];
    const [, byte = "", to] = isByte.exec(line) ?? [];
    const [, excluded, otherwise] = isOther.exec(line) ?? [];
    if (state !== undefined) {
      current = Number(state);
      put(current, { allow: parseInt(allow, 16), deny: parseInt(deny, 16) });
    } else if (otherwise !== undefined) {
      put(current, { other: Number(otherwise), excluded: bytesOf(excluded ?? "") });
    } else if (to !== undefined) {
      states.get(current)?.next.set(parseInt(byte, 16), Number(to));
    } else if (line !== "" && !line.startsWith("{1}")) {
      throw new Error(`AppArmor's automaton has a line that nobody reads: ${line}`);
    }
  }
  return states;
}

/** "\x0/" is NUL and a slash. */
function bytesOf(written: string): Set<number> {
  const letters = written.matchAll(/\\x(0|[0-9a-f]{2})|\\?(.)/gs);
  return new Set(
    [...letters].map(([, hex, letter = ""]) =>
      hex === undefined ? letter.charCodeAt(0) : parseInt(hex, 16),
    ),
  );
}
