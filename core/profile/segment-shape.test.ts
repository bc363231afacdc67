import { expect, it } from "vitest";
import { shapeOf } from "./segment-shape.ts";

it.each([
  ["0f8fad5b-d9cb-469f-a165-70867728950e.json", "*.json", "uuid"],
  ["access-2026-11-21.log", "access-*.log", "date"],
  ["backup_20261121T0305.tar", "backup_*.tar", "date"],
  ["16384", "*", "number"],
  ["worker12", "worker*", "number"],
  ["access.log.3", "access.log.*", "number"],
  ["d41d8cd98f00b204e9800998ecf8427e", "*", "hash"],
  ["3fa9c01b.cache", "*.cache", "hash"],
  ["tmpk2j3h4", "tmp*", "random"],
  ["pgsql_tmp1234.0", "pgsql_tmp*", "number"],
  ["sess_h3k9dk2q", "sess_*", "random"],
  ["tmp.aBcDeFgH", "tmp.*", "random"],
])("%s is %s: a %s", (segment, pattern, kind) => {
  const shape = shapeOf(segment);
  expect(shape?.pattern).toBe(pattern);
  expect(shape?.kinds).toContain(kind);
});

it.each(["index.html", "nginx.conf", "README", "libssl", "decade", "a\\x20b"])(
  "%s is made up by nobody",
  (segment) => {
    expect(shapeOf(segment)).toBeUndefined();
  },
);

it("takes its time for no name, however long and odd", () => {
  for (const part of ["a1", "-", "aB", "0-", "20261121", "\\x20"])
    expect(shapeOf(part.repeat(2_000))?.pattern.length ?? 0).toBeLessThan(10_000);
});
