import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nameOf } from "../../behaviour/name.ts";
import { admits, explain, generalise } from "./generalise.ts";
import { usualGeneralising, type GeneraliseSettings } from "./group.ts";
import { guardOf } from "./guard.ts";
import { matchesPath } from "./path-pattern.ts";

const many = <T>(count: number, text: (number: number) => T): T[] =>
  Array.from({ length: count }, (_, number) => text(number));
const patterns = (texts: readonly string[], settings?: GeneraliseSettings) =>
  generalise(texts, settings).groups.map(({ text }) => text);
/** 0 → "a", 25 → "z", 26 → "ba": names that are not made up. */
const word = (number: number): string =>
  (number >= 26 ? word(Math.floor(number / 26)) : "") + String.fromCharCode(97 + (number % 26));

describe("paths", () => {
  it("that differ in a number, an id or a date are one pattern", () => {
    const logs = ["02", "03", "04"].map((day) => `file write /var/log/app/2026-11-${day}.log`);
    expect(patterns(logs)).toEqual(["file write /var/log/app/*.log"]);
    const base = many(3, (at) => `file read /var/lib/db/base/${at}/pg_version`);
    expect(patterns(base)).toEqual(["file read /var/lib/db/base/*/pg_version"]);
  });

  it("that are only two may be chance", () => {
    expect(patterns(["file read /srv/a1", "file read /srv/a2"])).toEqual([]);
  });

  it("keep what does not differ, even where it could", () => {
    const texts = many(3, (at) => `file read /srv/v2/item${at}`);
    expect(patterns(texts)).toEqual(["file read /srv/v2/item*"]);
  });

  it("of more names than the directory's class needs are one pattern, with their ending", () => {
    expect(patterns(many(7, (at) => `file write /tmp/jobs/${word(at)}.lock`))).toEqual([]);
    expect(patterns(many(8, (at) => `file write /tmp/jobs/${word(at)}.lock`))).toEqual([
      "file write /tmp/jobs/*.lock",
    ]);
    expect(patterns(many(40, (at) => `file read /var/lib/app/${word(at)}`))).toEqual([
      "file read /var/lib/app/*",
    ]);
  });

  it("fan out in directories too, from the leaves up", () => {
    const texts = many(20, (a) => many(20, (b) => `file read /var/cache/x/${word(a)}/${word(b)}`));
    expect(patterns(texts.flat())).toEqual(["file read /var/cache/x/*/*"]);
  });

  it("are never run by a pattern", () => {
    expect(patterns(many(90, (at) => `file exec /srv/plugins/${at}`))).toEqual([]);
    expect(patterns(many(90, (at) => `exec /srv/plugins/${at}`))).toEqual([]);
  });

  it("stay as they are where a person refused the pattern", () => {
    const texts = many(3, (at) => `file read /srv/item${at}`);
    const refused = new Set(["file read /srv/item*"]);
    expect(patterns(texts, { ...usualGeneralising, refused })).toEqual([]);
  });

  it("are explained by their members and the rule", () => {
    const [group] = generalise(many(5, (at) => `file read /srv/item${at}`)).groups;
    expect(group && explain(group)).toBe(
      "file read /srv/item*, because 5 names differ only in a number: " +
        "/srv/item0, /srv/item1, /srv/item2, and 2 more",
    );
  });
});

describe("guarded directories", () => {
  it.each([
    "/etc/app",
    "/host/etc/app",
    "/rootfs/proc",
    "/root/work",
    "/home/ann/.ssh",
    "/proc",
    "/sys/class",
    "/dev",
    "/usr/local/bin",
    "/opt/app/lib",
    "/app/node_modules/x/lib",
    "/run/secrets",
    "/var/run/app",
    "/var/spool/cron/crontabs",
  ])("%s gets no wildcard, whatever is done in it", (directory) => {
    const texts = many(200, (at) => [
      `file read ${directory}/${at}`,
      `file write ${directory}/${word(at)}/x`,
      `file create ${directory}/${word(at)}`,
    ]);
    expect(patterns(texts.flat())).toEqual([]);
  });

  it("leave a process its own threads, and nobody else's", () => {
    const threads = (process: string) =>
      many(3, (at) => `file write /proc/${process}/task/${100 + at}/comm`);
    expect(patterns(threads("self"))).toEqual(["file write /proc/self/task/*/comm"]);
    expect(patterns(threads("7"))).toEqual([]);
  });

  it("give way to a person's word, and only for what was named", () => {
    const settings = { ...usualGeneralising, allowed: ["/etc/app/cache"] };
    const texts = ["cache", "other"].flatMap((name) =>
      many(3, (at) => `file read /etc/app/${name}/${at}`),
    );
    expect(patterns(texts, settings)).toEqual(["file read /etc/app/cache/*"]);
    expect(
      admits(generalise(texts, settings), "file read /etc/app/cache/77", settings),
    ).toBeTruthy();
    expect(admits(generalise(texts, settings), "file read /etc/app/cache/77")).toBeUndefined();
  });

  it("are not reached by a pattern above or beside them", () => {
    const policy = generalise([
      ...many(99, (at) => `file read /data/${word(at)}`),
      ...many(99, (at) => `file read /data/${word(at)}/id`),
    ]);
    expect(policy.groups).toHaveLength(2);
    for (const path of ["/data/.ssh", "/data/bin/id", "/data/server.key", "/data/lib/id"])
      expect(admits(policy, `file read ${path}`)).toBeUndefined();
    expect(admits(policy, "file read /data/new/id")).toBeTruthy();
  });
});

describe("known-bad behaviours", () => {
  it("are in no pattern, though its letters fit", () => {
    const logs = many(40, (at) => `file unlink /var/log/${word(at)}`);
    const ports = many(40, (at) => `network connect tcp/10.0.0.7:${45_680 + at}/out`);
    const policy = generalise([...logs, ...ports]);
    expect(policy.groups).toHaveLength(2);
    expect(admits(policy, "file unlink /var/log/other")).toBeTruthy();
    expect(admits(policy, "file unlink /var/log/wtmp")).toBeUndefined();
    expect(admits(policy, "network connect tcp/10.0.0.7:40000/out")).toBeTruthy();
    expect(admits(policy, "network connect tcp/10.0.0.7:45560/out")).toBeUndefined();
  });

  it("stand for themselves where a person allowed them", () => {
    const disks = many(9, (at) => `file read /mnt/host/proc/${at}/environ`);
    const bad = "network connect tcp/10.0.0.7:45700/out";
    const policy = generalise([...disks, bad]);
    expect(policy.groups).toEqual([]);
    expect(admits(policy, bad)).toBe("exact");
  });
});

const settings = usualGeneralising;
const guardedTop = ["etc", "root", "proc", "sys", "run", "boot"];
const hostile = fc.oneof(
  fc.constantFrom(
    "..",
    ".",
    "",
    "*",
    "**",
    "\\x2a",
    ".ssh",
    "etc",
    "bin",
    "lib",
    "a.key",
    "x.sock",
  ),
  fc.constantFrom("12", "13", "14", "2026-01-02", "tmpa1b2c3", "\0", "{a,b}", "[a-z]", "?", "~"),
  fc.string({ unit: "binary", maxLength: 6 }).map((value) => value.replaceAll("/", "")),
);
const top = fc.oneof(
  fc.constantFrom(...guardedTop, "data", "tmp", "srv", "home", "var", "usr", "opt"),
  hostile,
);
const path = fc
  .tuple(top, fc.array(hostile, { minLength: 1, maxLength: 3 }))
  .map(([first, rest]) => nameOf({ value: `/${[first, ...rest].join("/")}` }));
/** Families of names, so that rules have something to find. */
const family = fc
  .tuple(path, fc.integer({ min: 1, max: 70 }), fc.boolean(), fc.constantFrom("", "/x", "/bin/y"))
  .map(([parent, count, isNumber, tail]) =>
    many(count, (at) => `${parent}/${isNumber ? at : word(at)}${tail}`),
  );
const texts = fc
  .array(
    fc.tuple(
      fc.constantFrom("read", "write", "create"),
      fc.oneof(
        family,
        path.map((p) => [p]),
      ),
    ),
    {
      maxLength: 6,
    },
  )
  .map((all) => all.flatMap(([access, paths]) => paths.map((each) => `file ${access} ${each}`)));

describe("a generalised policy", () => {
  it("admits everything that it was made from", () => {
    fc.assert(
      fc.property(texts, (given) => {
        const policy = generalise(given);
        for (const text of given) expect(admits(policy, text)).toBeTruthy();
      }),
    );
  });

  it("admits nothing guarded that was not seen, whatever the names are", () => {
    fc.assert(
      fc.property(texts, fc.array(path), (given, others) => {
        const policy = generalise(given);
        const seen = new Set(given);
        const wanted = [...others, ...given.map((text) => text.split(" ")[2] ?? "")].flatMap(
          (each) => [each, `${each}1`, `/etc${each}`, `${each}/.ssh/id_rsa`, `${each}/../etc/x`],
        );
        for (const each of wanted) {
          if (guardOf(each) === undefined) continue;
          for (const access of ["read", "write", "create"])
            if (!seen.has(`file ${access} ${each}`))
              expect(admits(policy, `file ${access} ${each}`)).toBeUndefined();
        }
      }),
    );
  });

  it("has no wildcard whose directory is guarded, and none made of guarded members", () => {
    fc.assert(
      fc.property(texts, (given) => {
        for (const group of generalise(given).groups) {
          if (group.of !== "path") continue;
          const star = group.pattern.indexOf("*");
          const directory = group.pattern.slice(0, group.pattern.lastIndexOf("/", star));
          expect(guardOf(`${directory}/x`)).toBeUndefined();
          for (const member of group.members)
            expect(guardOf(member.split(" ")[2] ?? "")).toBeUndefined();
        }
      }),
    );
  });

  it("is the same in whatever order it was learned, and loses no behaviour", () => {
    fc.assert(
      fc.property(texts, (given) => {
        const policy = generalise(given);
        const members = policy.groups.flatMap((group) => group.members);
        expect(new Set([...members, ...policy.exact])).toEqual(new Set(given));
        expect(
          generalise(given.toReversed())
            .groups.map(({ text }) => text)
            .sort(),
        ).toEqual(policy.groups.map(({ text }) => text).sort());
      }),
    );
  });
});

describe("a wildcard", () => {
  it.each([
    ["/a/*", "/a/b", true],
    ["/a/*", "/a/", false],
    ["/a/*", "/a/.b", false],
    ["/a/*", "/a/b/c", false],
    ["/a/x-*.log", "/a/x-.log", false],
    ["/a/x-*.log", "/a/x-1.log", true],
    ["/a/*-*", "/a/1-2", true],
    ["/a/*-*", "/a/-2", false],
    ["/a/*.*.*", "/a/1.2", false],
  ])("%s for %s: %s", (pattern, given, fits) => {
    expect(matchesPath(pattern, given)).toBe(fits);
  });
});

describe("endpoints", () => {
  const to = (address: string, port = 443) => {
    const host = address.includes(":") ? `[${address}]` : address;
    return `network connect tcp/${host}:${port}/out`;
  };

  it("of four neighbours in one's own network are their subnet, and of four subnets the wider", () => {
    expect(patterns(many(3, (at) => to(`10.1.2.${at + 1}`)))).toEqual([]);
    expect(patterns(many(4, (at) => to(`10.1.2.${at + 1}`)))).toEqual([to("10.1.2.0/24")]);
    const wide = many(4, (net) => many(4, (at) => to(`10.1.${net}.${at + 1}`))).flat();
    expect(patterns(wide)).toEqual([to("10.1.0.0/16")]);
    expect(patterns(many(4, (at) => to(`fd00:1::${at + 1}`)))).toEqual([to("fd00:1::/64")]);
  });

  it("of strangers are at most their subnet", () => {
    const wide = many(40, (net) => many(9, (at) => to(`203.0.${net}.${at + 1}`))).flat();
    expect(patterns(wide)).toHaveLength(40);
    expect(patterns(many(7, (at) => to(`203.0.113.${at + 1}`)))).toEqual([]);
  });

  it("never widen to metadata services or to loopback", () => {
    const local = many(9, (at) => to(`169.254.169.${at + 1}`, 80));
    const loopback = many(9, (at) => to(`127.0.0.${at + 1}`, 80));
    expect(patterns([...local, ...loopback])).toEqual([]);
    const shared = many(9, (at) => to(`100.100.100.${at + 1}`, 80));
    expect(patterns(shared)).toEqual([]);
    const beside = many(9, (at) => to(`100.100.101.${at + 1}`, 80));
    expect(patterns([...shared, ...beside])).toEqual([
      "network connect tcp/100.100.101.0/24:80/out",
    ]);
  });

  it("that have a name are the name, at whatever address; no name is a range", () => {
    const names = new Map([
      ["203.0.113.1", "db.example.org"],
      ["203.0.113.2", "db.example.org"],
      ["203.0.113.3", "0.0.0.0/0"],
    ]);
    const named = { ...usualGeneralising, nameOf: (address: string) => names.get(address) };
    const policy = generalise([to("203.0.113.1"), to("203.0.113.3")], named);
    expect(policy.groups.map(({ text }) => text)).toContain(to("db.example.org"));
    expect(admits(policy, to("203.0.113.2"), named)).toBeTruthy();
    expect(admits(policy, to("203.0.113.4"), named)).toBeUndefined();
  });

  it("at ports that the kernel hands out are a range of ports", () => {
    const replies = many(8, (at) => `network send udp/10.0.0.7:${40_000 + at}/out`);
    expect(patterns(replies)).toEqual(["network send udp/10.0.0.7:32768-65535/out"]);
    const four = many(16, (at) => `network send udp/10.0.0.${(at % 4) + 1}:${40_000 + at}/out`);
    expect(generalise(four).groups.map(({ why }) => why)).toEqual(["4 addresses of it were used"]);
    const policy = generalise(replies);
    expect(admits(policy, "network send udp/10.0.0.7:50000/out")).toBeTruthy();
    expect(admits(policy, "network send udp/10.0.0.7:22/out")).toBeUndefined();
  });

  it("admit all that they were made from", () => {
    const address = fc.oneof(
      fc.tuple(fc.nat(2), fc.nat(12)).map(([net, at]) => `10.0.${net}.${at}`),
      fc.tuple(fc.nat(2), fc.nat(12)).map(([net, at]) => `8.8.${net}.${at}`),
      fc.nat(12).map((at) => `169.254.169.${at}`),
      fc.nat(12).map((at) => `2001:db8::${at + 1}`),
    );
    const port = fc.oneof(fc.constantFrom(53, 443), fc.integer({ min: 32_760, max: 32_790 }));
    fc.assert(
      fc.property(fc.array(fc.tuple(address, port), { maxLength: 60 }), (all) => {
        const given = all.map(([each, at]) => to(each, at));
        const policy = generalise(given, settings);
        for (const text of given) expect(admits(policy, text)).toBeTruthy();
      }),
    );
  });
});
