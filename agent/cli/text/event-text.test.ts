import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventLine } from "../../sense/event-line.ts";
import { madeEvent } from "../../sense/made.ts";
import { paintFor, plain } from "./colour.ts";
import { eventText } from "./event-text.ts";
import { safe, shortened } from "./safe.ts";

const tierOf = () => "lsm";

describe("an event's line", () => {
  it("never carries a byte that steers the terminal, whatever the names", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (path, name) => {
        const event = madeEvent(
          { kind: "open", path: { value: `/${path}` }, access: ["read"] },
          { workload: { workload: name }, process: { exe: { value: `/bin/${name}` } } },
        );
        const text = eventText(eventLine(event, tierOf), { paint: plain });
        // oxlint-disable-next-line no-control-regex
        expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
      }),
    );
  });

  it("shows who did what to what, in one line", () => {
    const rename = {
      kind: "rename",
      path: { value: "/var/log/a" },
      target: { value: "/var/log/b" },
    } as const;
    const event = madeEvent(rename, { process: { pid: 42, exe: { value: "/bin/mv" } } });
    const text = eventText(eventLine(event, tierOf), { paint: plain });
    expect(text).toMatch(/web +file +renames +\/var\/log\/a → \/var\/log\/b +mv\[42\]$/);
  });

  it("says when a name was not UTF-8 or is not whole", () => {
    const path = { value: "/x\\xff", escaped: true } as const;
    const event = madeEvent({ kind: "unlink", path, access: [] }, { flags: ["cut"] });
    expect(eventText(eventLine(event, tierOf), { paint: plain })).toContain("[cut, not UTF-8]");
  });
});

it("keeps both ends of what is too long", () => {
  expect(shortened("/usr/lib/x86_64-linux-gnu/libc.so.6", 15)).toBe("/usr/li…bc.so.6");
});

it("shows a newline and an escape as what they are", () => {
  expect(safe("a\nb\u001b[31m\u202e")).toBe("a\\x0ab\\x1b[31m\\u202e");
});

it("paints for a terminal, and not when told not to", () => {
  expect(paintFor({ isTTY: true }, {})("red", "x")).toBe("\u001b[31mx\u001b[0m");
  expect(paintFor({ isTTY: true }, { NO_COLOR: "1" })("red", "x")).toBe("x");
  expect(paintFor({}, {})("red", "x")).toBe("x");
  expect(paintFor({}, { FORCE_COLOR: "1" })("red", "x")).toBe("\u001b[31mx\u001b[0m");
});
