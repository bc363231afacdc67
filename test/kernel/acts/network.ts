/** Acts on the network of a box: its own loopback, so that ports are free. */
import type { Told } from "../stage/told.ts";
import { asPassed, by, fact, factOfBox, type Act, type Tiers } from "./act.ts";

type Family = "ipv4" | "ipv6";
const loopback = { ipv4: "127.0.0.1", ipv6: "::1" } as const;

const socket = (family: Family, protocol = "tcp") => ({ family, protocol });

function at(family: Family, port: number | "any") {
  return { address: loopback[family], port };
}

/** A client that sends `up` bytes and gets `down`. */
function tcp(family: Family, port: number, up: number, down: number): Act["steps"] {
  return ["tcp", loopback[family], String(port), String(up), String(down)];
}

function conversation(tiers: Tiers, family: Family, port: number): Told[] {
  const ip = socket(family);
  return [
    fact("bind", { ...ip, local: at(family, port) }),
    fact("listen", { ...ip, local: at(family, port) }),
    fact("connect", { ...ip, remote: at(family, port), by: by("child 1") }),
    ...(tiers["accept"]
      ? [factOfBox("accept", { ...ip, local: at(family, port), remote: at(family, "any") })]
      : []),
  ];
}

/** Both ends of a connection close: what one sent the other received. */
function flows(family: Family, port: number, up: number, down: number): Told[] {
  const ip = socket(family);
  const [server, client] = [at(family, port), at(family, "any")];
  return [
    factOfBox("flow", {
      ...ip,
      local: client,
      remote: server,
      bytesSent: up,
      bytesReceived: down,
    }),
    factOfBox("flow", {
      ...ip,
      local: server,
      remote: client,
      bytesSent: down,
      bytesReceived: up,
    }),
  ];
}

function tcpAct(family: Family, port: number): Act {
  return {
    title: `a TCP connection over ${family} is told: bind, listen, connect, and accept with its peer`,
    fact: "connect",
    steps: tcp(family, port, 10, 10),
    expect: (tiers) => conversation(tiers, family, port),
  };
}

function flowAct(family: Family, port: number, up: number, down: number): Act {
  return {
    title: `at close, ${up} bytes sent and ${down} received over ${family} are told as just that`,
    fact: "flow",
    steps: tcp(family, port, up, down),
    only: ["flow"],
    expect: () => flows(family, port, up, down),
  };
}

function dnsAct(family: Family, name: string, type: number, questionType: string): Act {
  const server = at(family, 53);
  return {
    title: `a DNS question of type ${questionType} over ${family} is told with its name and server`,
    fact: "DNS",
    steps: ["ask-dns", loopback[family], name, String(type)],
    about: ["dns"],
    expect: (tiers) => [
      fact("dns", { name: name.toLowerCase(), questionType, server }),
      ...(tiers["UDP send"] ? [fact("send", { ...socket(family, "udp"), remote: server })] : []),
    ],
  };
}

/** The hooks also see the file that bind makes. */
function socketMade(path: string): Told {
  return fact("create", { path, access: [], operation: "mknod", mode: 0o140755 });
}

function unixAct(name: string, what: string): Act {
  return {
    title: `${what} is told when it is bound, and when it is connected to`,
    fact: "connect (unix)",
    files: { "/data/": "" },
    steps: ["unix", name],
    expect: (tiers) => {
      const unix = { family: "unix", protocol: "unix", path: name };
      return [
        fact("bind", { ...unix, ...asPassed(tiers, "bind (unix)") }),
        fact("connect", { ...unix, ...asPassed(tiers, "connect (unix)") }),
        ...(name.startsWith("/") && tiers["create"] !== "sys_exit" ? [socketMade(name)] : []),
      ];
    },
  };
}

export const networkActs: readonly Act[] = [
  tcpAct("ipv4", 4001),
  tcpAct("ipv6", 4002),
  flowAct("ipv4", 4003, 7, 0),
  flowAct("ipv4", 4004, 1, 100_000),
  flowAct("ipv6", 4005, 1_000_000, 0),
  {
    title: "a connection that nobody answers is told",
    fact: "connect",
    steps: ["connect", "127.0.0.1", "4006"],
    expect: () => [fact("connect", { ...socket("ipv4"), remote: at("ipv4", 4006) })],
  },
  {
    title: "a UDP socket that is connected is told with its peer",
    fact: "connect",
    steps: ["connect-udp", "127.0.0.1", "4007"],
    expect: () => [fact("connect", { ...socket("ipv4", "udp"), remote: at("ipv4", 4007) })],
  },
  {
    title: "a UDP send without a connection is told with its target, over ipv4",
    fact: "UDP send",
    steps: ["send-udp", "127.0.0.1", "4008"],
    expect: () => [fact("send", { ...socket("ipv4", "udp"), remote: at("ipv4", 4008) })],
  },
  {
    title: "a UDP send without a connection is told with its target, over ipv6",
    fact: "UDP send",
    steps: ["send-udp", "::1", "4009"],
    expect: () => [fact("send", { ...socket("ipv6", "udp"), remote: at("ipv6", 4009) })],
  },
  dnsAct("ipv4", "Shop.Example.ORG", 1, "A"),
  dnsAct("ipv6", "mail.example.org", 28, "AAAA"),
  unixAct("/data/socket", "a unix socket with a file"),
  unixAct("@pahlevan-abstract", "a unix socket without a file"),
];
