/** An act of each kind, as the agent tells it: for tests of what other people's schemas take. */
import { kinds, type Kind } from "@pahlevan/core/behaviour/event.ts";
import type { EventLine } from "@pahlevan/core/behaviour/event-line.ts";
import type { Line } from "../../exporters/record.ts";

export const time = "2026-03-14T01:59:26.535897932Z";

const near = { address: "10.0.0.7", port: 8080 };
const far = { address: "203.0.113.9", port: 443 };
const tcp = { protocol: "tcp", family: "ipv4" };

type Act = readonly [kind: Kind, object: string, detail: EventLine["detail"]];

const all: readonly Act[] = [
  ["instance_start", "/system.slice/nginx.service", {}],
  ["instance_end", "/system.slice/nginx.service", {}],
  ["fork", "pid 4300", { child: { pid: 4300, startNs: "99" } }],
  ["exec", "/usr/local/bin/tool", { script: "/srv/run.sh", inode: "7", device: 42 }],
  ["exit", "signal 9", { code: 0, signal: 9, dumped: false }],
  ["credential", "setuid/0:0", { from: { uid: 1000, gid: 1000 }, to: { uid: 0, gid: 0 } }],
  ["open", "/etc/shadow", { access: ["read"] }],
  ["create", "/tmp/new file", { access: ["write"], mode: 420 }],
  ["unlink", "/var/log/auth.log", { access: ["write"] }],
  ["rename", "/srv/old", { target: "/srv/new" }],
  ["link", "/srv/one", { target: "/srv/two" }],
  ["chmod", "/", { access: [], mode: 511 }],
  ["mount", "/mnt", { operation: "mount", source: "tmpfs" }],
  ["connect", "tcp/203.0.113.9:443/out", { ...tcp, local: near, remote: far }],
  ["bind", "tcp/0.0.0.0:8080/in", { ...tcp, local: { address: "0.0.0.0", port: 8080 } }],
  ["listen", "tcp/10.0.0.7:8080/in", { ...tcp, local: near }],
  [
    "accept",
    "tcp/10.0.0.7:8080/in",
    { ...tcp, family: "ipv6", local: near, remote: { address: "2001:db8::1", port: 5050 } },
  ],
  ["send", "unix//run/app.sock/out", { protocol: "unix", family: "unix", path: "/run/app.sock" }],
  ["dns", "evil\\x00.example", { questionType: "A", server: { address: "10.0.0.53", port: 53 } }],
  ["flow", "tcp/203.0.113.9:443/flow", { ...tcp, remote: far, bytesSent: "9007199254740993" }],
  ["syscall", "keyctl", { number: 250, compat: false }],
  ["capability", "CAP_SYS_ADMIN", { number: 21, granted: false }],
  ["ptrace", "pid 1", { operation: "attach", target: { pid: 1, startNs: "0" }, mode: 2 }],
  ["bpf", "BPF_PROG_LOAD", { number: 5 }],
  ["module", "evil", {}],
  ["io_uring", "setup", { number: 1 }],
  ["namespace", "unshare", {}],
];

export const acts: readonly (EventLine & Line)[] = all.map(([kind, object, detail], at) => {
  const event = kind === "instance_start" ? "pahlevan.instance.started" : "pahlevan.behaviour.seen";
  return {
    id: `act-${at}`,
    time,
    event: kind === "instance_end" ? "pahlevan.instance.ended" : event,
    namespace: "host",
    workload: "nginx.service",
    facet: kinds[kind],
    kind,
    object,
    action: "allow",
    mode: "monitor",
    tier: "lsm",
    policy: "",
    reason: "every",
    ...(!kind.startsWith("instance") && {
      process: { pid: 77, start: "123", exe: at % 2 === 0 ? "" : "/usr/sbin/nginx", uid: 33 },
    }),
    detail,
    flags: [],
  };
});
