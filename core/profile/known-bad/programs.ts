/** Programs that a service has no use for, and all that they do. */
import { nameOf } from "../../behaviour/name.ts";
import { running, type KnownBad } from "./rule.ts";

export const badPrograms: readonly KnownBad[] = [
  {
    name: "dropped-program",
    technique: "T1105",
    reason: "a program in a directory that everybody may write was not delivered with the image",
    ...running(/^\/(?:tmp|var\/tmp|dev\/shm|run\/(?:lock|shm|user)|var\/run\/(?:lock|user))\//),
  },
  {
    name: "program-without-file",
    technique: "T1620",
    reason: "a program in memory only (memfd), or one already deleted, cannot be looked at later",
    byActor: true,
    facet: "exec",
    matches: (behaviour, event) =>
      behaviour.facet === "exec" &&
      (event?.flags.some((flag) => flag === "deleted" || flag === "detached") === true ||
        /^\/?memfd:|^\/proc\/(?:self|thread-self|\d+)\/fd\/|^\/dev\/fd\//.test(behaviour.path)),
  },
  {
    name: "intruders-tool",
    technique: "T1059",
    reason: "tools for tunnels, scans and mining have little use in a service",
    ...running(
      /\/(?:nc|ncat|netcat|nc\.(?:openbsd|traditional)|socat|nmap|masscan|zmap|chisel|xmrig|minerd|cpuminer|ethminer|t-rex|kinsing)$/,
    ),
  },
  {
    name: "leaving-the-container",
    technique: "T1611",
    reason: "these enter other namespaces or load code into the kernel",
    ...running(/\/(?:nsenter|unshare|chroot|pivot_root|insmod|modprobe|kexec|runc|crun)$/),
  },
];

/** Once a person has allowed the program, what it did is learned too (standing.ts). */
export const heldProgram: KnownBad = {
  name: "held-program",
  technique: "T1204.002",
  reason: "a program did it that itself waits for a person",
  byActor: true,
  facet: "any",
  matches: (_, event) => {
    const exe = event?.process?.exe;
    if (exe === undefined) return false;
    const run = { facet: "exec", path: nameOf(exe) } as const;
    return badPrograms.some((rule) => rule.matches(run, undefined));
  },
};
