/** Written values: what is read, what is refused, and that both ways agree. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressText, readAddress } from "../../behaviour/address.ts";
import { cidrText, type Cidr } from "../../behaviour/cidr.ts";
import { holdingCidr, readCidr } from "./cidr.ts";
import { readDomain } from "./domain.ts";
import { durationText, longestMs, readDuration } from "./duration.ts";
import { endpointText, readEndpoint } from "./endpoint.ts";
import { instantText, readInstant } from "./instant.ts";
import { readCapability, readSyscall } from "./kernel-name.ts";
import { holdingPath, pathText, readPath, type PathPattern } from "./path.ts";
import { portText, readPort } from "./port.ts";
import { readBefore, type Read } from "./read.ts";
import { readSecretText } from "./secret.ts";
import { readStep, stepText } from "./step.ts";

const why = (read: Read<unknown>) => ("refused" in read ? read.refused : undefined);

describe("durations", () => {
  it.each([
    ["5m", 300_000],
    ["1h30m", 5_400_000],
    ["1.5h", 5_400_000],
    ["250ms", 250],
    ["0m90s", 90_000],
    ["8760h", longestMs],
  ])("%s is read as Go reads it", (text, value) => {
    expect(readDuration(text)).toEqual({ value });
  });

  it.each(["", "5", "5 m", "m5", "-5m", "5d", "1e3s", "0s", "8761h", "5M", "٥m"])(
    "%s is none",
    (text) => expect(why(readDuration(text))).toBeDefined(),
  );

  it("are written as they are read", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: longestMs }), (value) => {
        expect(readDuration(durationText(value))).toEqual({ value });
      }),
    );
  });
});

describe("points in time", () => {
  it("are those of the platform's own clock", () => {
    const from = new Date("0001-01-01T00:00:00Z").getTime();
    const to = new Date("9999-12-31T23:59:59.999Z").getTime();
    fc.assert(
      fc.property(fc.integer({ min: from, max: to }), (value) => {
        expect(readInstant(new Date(value).toISOString())).toEqual({ value });
        expect(readInstant(instantText(value))).toEqual({ value });
      }),
    );
  });

  it("take offsets, and leap days where there are any", () => {
    const utc = readInstant("2028-02-29T00:30:00Z");
    expect(readInstant("2028-02-29T02:00:00+01:30")).toEqual(utc);
    expect(readInstant("2028-02-28T23:30:00-01:00")).toEqual(utc);
    expect(why(readInstant("2027-02-29T00:00:00Z"))).toContain("there is no such time");
    expect(why(readInstant("2100-02-29T00:00:00Z"))).toContain("there is no such time");
    expect(why(readInstant("2027-01-01T24:00:00Z"))).toContain("there is no such time");
    expect(why(readInstant("2027-01-31"))).toContain("did you mean 2027-01-31T00:00:00Z?");
  });
});

describe("ports", () => {
  it.each([
    [443, { from: 443, to: 443 }],
    ["443", { from: 443, to: 443 }],
    ["8000-8999", { from: 8000, to: 8999 }],
    ["53/udp", { from: 53, to: 53, transport: "udp" }],
    ["1-65535/tcp", { from: 1, to: 65_535, transport: "tcp" }],
  ])("%s", (text, value) => {
    expect(readPort(text)).toEqual({ value });
    expect(readPort(portText(readBefore(readPort(text))))).toEqual({ value });
  });

  it.each([0, 65_536, -1, 1.5, "", "http", "9-8", "0-5", "53/icmp", "53/", "1-2-3"])(
    "%s is none",
    (text) => expect(why(readPort(text))).toBeDefined(),
  );
});

describe("addresses and their ranges", () => {
  it.each([
    ["10.0.0.0/8", "10.0.0.0/8"],
    ["192.0.2.1", "192.0.2.1/32"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["2001:DB8::/32", "2001:db8::/32"],
    ["::1", "::1/128"],
    ["::/0", "::/0"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1/128"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221/128"],
    ["::ffff:10.0.0.0/104", "10.0.0.0/8"],
  ])("%s is %s", (text, canonical) => {
    expect(cidrText(readBefore(readCidr(text)))).toBe(canonical);
  });

  it.each([
    ["10.0.0.1/8", "did you mean 10.0.0.0/8?"],
    ["2001:db8::1/32", "did you mean 2001:db8::/32?"],
    ["10.0.0.0/33", "more than 32 bits"],
    ["::/129", "more than 128 bits"],
    ["010.0.0.1", "it takes a CIDR"],
    ["10.0.0/8", "it takes a CIDR"],
    ["1:2:3", "it takes a CIDR"],
    ["1::2::3", "it takes a CIDR"],
    ["::1.2.3.4.5", "it takes a CIDR"],
    ["1:2:3:4:5:6:7:8::", "it takes a CIDR"],
    ["fe80::1%eth0", "it takes a CIDR"],
    ["10.0.0.0/", "it takes a CIDR"],
    ["example.org", "it takes a CIDR"],
  ])("%s is refused: %s", (text, reason) => {
    expect(why(readCidr(text))).toContain(reason);
  });

  it("addresses are written as they are read, in one way", () => {
    const bytes = fc.oneof(
      fc.array(fc.nat(255), { minLength: 4, maxLength: 4 }),
      fc.array(fc.constantFrom(0, 0, 0, 1, 255), { minLength: 16, maxLength: 16 }),
    );
    fc.assert(
      fc.property(bytes, (each) => {
        expect(readAddress(addressText(each))).toEqual(each);
      }),
    );
  });

  const cidr = fc
    .tuple(
      fc.boolean(),
      fc.array(fc.constantFrom(0, 128, 255), { minLength: 16, maxLength: 16 }),
      fc.nat(128),
    )
    .map(([isV4, all, length]): Cidr => {
      const bits = isV4 ? length % 33 : length;
      const kept = (byte: number, i: number) =>
        i * 8 < bits ? byte & (0xff00 >> Math.min(8, bits - i * 8)) & 255 : 0;
      return { bytes: all.slice(0, isV4 ? 4 : 16).map(kept), bits };
    });

  it("a range that holds another is found, by the same measure as bit for bit", () => {
    const bitsOf = ({ bytes }: Cidr) =>
      bytes.map((byte) => byte.toString(2).padStart(8, "0")).join("");
    const holds = (wide: Cidr, narrow: Cidr) =>
      wide.bytes.length === narrow.bytes.length &&
      wide.bits <= narrow.bits &&
      bitsOf(narrow).startsWith(bitsOf(wide).slice(0, wide.bits));
    fc.assert(
      fc.property(fc.array(cidr, { maxLength: 20 }), cidr, (many, one) => {
        const found = holdingCidr(many)(one);
        expect(found !== undefined).toBe(many.some((each) => holds(each, one)));
        if (found) expect(holds(found, one)).toBe(true);
      }),
    );
  });
});

describe("domains", () => {
  it.each([
    ["Example.ORG.", "example.org"],
    ["*.example.org", "*.example.org"],
    ["_dmarc.example.org", "_dmarc.example.org"],
    ["localhost", "localhost"],
    ["xn--bcher-kva.example", "xn--bcher-kva.example"],
  ])("%s is %s", (text, value) => expect(readDomain(text)).toEqual({ value }));

  it.each([
    "",
    "*",
    "*.*.org",
    "a*.org",
    "example..org",
    "-a.org",
    "10.0.0.1",
    "::1",
    "bücher.example",
    "a b",
    `${"a".repeat(64)}.org`,
    "https://example.org",
  ])("%s is none", (text) => expect(why(readDomain(text))).toBeDefined());
});

describe("paths", () => {
  it.each<[string, PathPattern, string]>([
    ["/etc/passwd", { path: "/etc/passwd", extent: "exact" }, "/etc/passwd"],
    ["/var/log/*", { path: "/var/log", extent: "children" }, "/var/log/*"],
    ["/var/log/**", { path: "/var/log", extent: "tree" }, "/var/log/**"],
    ["/var/log/", { path: "/var/log", extent: "tree" }, "/var/log/**"],
    ["/", { path: "/", extent: "exact" }, "/"],
    ["/**", { path: "/", extent: "tree" }, "/**"],
    ["/*", { path: "/", extent: "children" }, "/*"],
    ["/usr/bin/\\[", { path: "/usr/bin/[", extent: "exact" }, "/usr/bin/\\["],
    ["/a/\\*", { path: "/a/*", extent: "exact" }, "/a/\\*"],
    ["/a/...", { path: "/a/...", extent: "exact" }, "/a/..."],
  ])("%s", (text, value, written) => {
    expect(readPath(text)).toEqual({ value });
    expect(pathText(value)).toBe(written);
  });

  it.each([
    ["etc/passwd", "it takes an absolute path"],
    ["~/x", "it takes an absolute path"],
    ["", "it takes an absolute path"],
    ["/a//b", "empty part"],
    ["//", "empty part"],
    ["/a/../b", "resolved . and .."],
    ["/a/./b", "resolved . and .."],
    ["/a/..", "resolved . and .."],
    ["/a/*/b", "globs are whole and last"],
    ["/a/**/b", "globs are whole and last"],
    ["/a/*.log", "globs are whole and last"],
    ["/a/***", "globs are whole and last"],
    ["/a/b?", "globs are whole and last"],
    ["/a/{b,c}", "globs are whole and last"],
    ["/a\\b", "globs are whole and last"],
    ["/a\0b", "NUL"],
  ])("%j is refused: %s", (text, reason) => expect(why(readPath(text))).toContain(reason));

  it("end where Linux ends them, in bytes", () => {
    expect(why(readPath(`/${"n".repeat(256)}`))).toContain("255 bytes a name");
    expect(why(readPath(`/${"é".repeat(128)}`))).toContain("255 bytes a name");
    expect(why(readPath(`/${"é".repeat(127)}`))).toBeUndefined();
    expect(why(readPath("/abcdefg".repeat(512)))).toContain("4095 a path");
    expect(why(readPath("/abcdefg".repeat(511)))).toBeUndefined();
  });

  const part = fc.oneof(fc.constantFrom("a", "b", "c"), fc.stringMatching(/^[^/\0]{1,4}$/));
  const pattern = fc.record({
    path: fc
      .array(
        part.filter((name) => name !== "." && name !== ".."),
        { maxLength: 4 },
      )
      .map((names) => `/${names.join("/")}`),
    extent: fc.constantFrom("exact", "children", "tree"),
  });

  it("are written as they are read, whatever is in their names", () => {
    fc.assert(
      fc.property(pattern, (value) => {
        expect(readPath(pathText(value))).toEqual({ value });
      }),
    );
  });

  it("a pattern that holds another is found, by what each of them covers", () => {
    const holds = (wide: PathPattern, narrow: PathPattern): boolean => {
      const deep = narrow.path === "/" ? [] : narrow.path.slice(1).split("/");
      // Two levels below it stand for all that a narrow pattern covers.
      const covered = {
        exact: [[]],
        children: [[], ["x"]],
        tree: [[], ["x"], ["x", "x"], ["x", "x", "x"]],
      };
      return covered[narrow.extent].every((more) => {
        const path = [...deep, ...more];
        const top = wide.path === "/" ? [] : wide.path.slice(1).split("/");
        const isBelow = top.every((name, i) => path[i] === name);
        const most = { exact: 0, children: 1, tree: Number.POSITIVE_INFINITY }[wide.extent];
        return isBelow && path.length - top.length <= most;
      });
    };
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 12 }), pattern, (many, one) => {
        const found = holdingPath(many)(one);
        expect(found !== undefined).toBe(many.some((each) => holds(each, one)));
        if (found) expect(holds(found, one)).toBe(true);
      }),
    );
  });
});

describe("what a network exception matches", () => {
  it.each([
    ["tcp/10.0.0.1:443/out", "tcp/10.0.0.1:443/out"],
    ["udp/[2001:db8::1]:53/out", "udp/[2001:db8::1]:53/out"],
    ["10.0.0.0/8:443", "10.0.0.0/8:443"],
    ["[2001:db8::/32]:443", "[2001:db8::/32]:443"],
    ["[2001:db8::]/32:443", "[2001:db8::/32]:443"],
    ["2001:db8::/32", "2001:db8::/32"],
    ["*.Example.org", "*.example.org"],
    ["example.org:8000-8999", "example.org:8000-8999"],
    ["*:53", "*:53"],
    ["udp/*", "udp/*"],
    ["unix//run/app.sock/out", "unix//run/app.sock/out"],
    ["10.0.0.0/8/in", "10.0.0.0/8/in"],
  ])("%s", (text, written) => {
    const value = readBefore(readEndpoint(text));
    expect(endpointText(value)).toBe(written);
    expect(readEndpoint(written)).toEqual({ value });
  });

  it.each([
    "",
    "/",
    "tcp/",
    "10.0.0.1:99999",
    "10.0.0.1:53/udp",
    "unix/run/x",
    "unix//run/*",
    "a b",
    ":443",
    "[::1]x",
  ])("%j is none", (text) => expect(why(readEndpoint(text))).toBeDefined());
});

it("the kernel's names have one form", () => {
  expect(readCapability("net_bind_service")).toEqual({ value: "CAP_NET_BIND_SERVICE" });
  expect(readCapability("CAP_SYS_ADMIN")).toEqual({ value: "CAP_SYS_ADMIN" });
  expect(why(readCapability("ALL"))).toContain("defaultAction: deny");
  expect(why(readCapability("NET ADMIN"))).toBeDefined();
  expect(readSyscall("process_vm_readv")).toEqual({ value: "process_vm_readv" });
  expect(why(readSyscall("Open"))).toBeDefined();
});

it("steps are counts and shares", () => {
  expect(readStep("10%")).toEqual({ value: { percent: 10 } });
  expect(readStep(3)).toEqual({ value: { instances: 3 } });
  expect([stepText({ percent: 10 }), stepText({ instances: 3 })]).toEqual(["10%", 3]);
  for (const none of ["0%", "101%", "10 %", "3", 0, -1]) expect(why(readStep(none))).toBeDefined();
});

it("secrets are names where they look like names", () => {
  expect(readSecretText("${DD_API_KEY}")).toEqual({
    value: { from: "environment", variable: "DD_API_KEY" },
  });
  expect(readSecretText("abc")).toEqual({ value: { from: "literal", value: "abc" } });
  expect(why(readSecretText("Bearer ${TOKEN}"))).toContain("nothing around it");
  expect(why(readSecretText("${TOKEN"))).toBeDefined();
});
