import { expect, it } from "vitest";
import { objectOf } from "./object.ts";

it("writes endpoints as policies name them", () => {
  const remote = { address: "10.0.0.1", port: 443 };
  const connect = { kind: "connect", protocol: "tcp", family: "ipv4", remote } as const;
  expect(objectOf(connect).value).toBe("tcp/10.0.0.1:443/out");
  const local = { address: "::", port: 53 };
  const bind = { kind: "bind", protocol: "udp", family: "ipv6", local } as const;
  expect(objectOf(bind).value).toBe("udp/[::]:53/in");
});

it("says that a socket's path was escaped", () => {
  const path = { value: "/run/\\xff", escaped: true } as const;
  const object = objectOf({ kind: "connect", protocol: "unix", family: "unix", path });
  expect(object).toEqual({ value: "unix//run/\\xff/out", escaped: true });
});
