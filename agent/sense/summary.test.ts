import { describe, expect, it } from "vitest";
import { plain } from "../cli/text/colour.ts";
import { summaryText } from "../cli/text/summary-text.ts";
import { madeEvent, madeProfile } from "./made.ts";
import type { KindCounts } from "./senses.ts";
import { lossOf, SummaryBuilder } from "./summary.ts";

const balanced: KindCounts = {
  kind: "open",
  generated: 10,
  delivered: 4,
  aggregated: 6,
  dropped: { ring_full: 0 },
  received: 4,
};

describe("what a summary says of loss", () => {
  it("is 'nothing' only if every fact is accounted for", () => {
    expect(lossOf([balanced], madeProfile(), 0)).toMatchObject({ nothing: true, reasons: [] });
    const unbalanced = [{ ...balanced, generated: 11 }];
    expect(lossOf(unbalanced, madeProfile(), 0).reasons).toEqual([
      "open: 11 generated ≠ 4 + 6 + 0",
    ]);
    const unread = [{ ...balanced, received: 3 }];
    expect(lossOf(unread, madeProfile(), 0).reasons).toEqual(["open: 3 of 4 received"]);
    expect(lossOf([balanced], madeProfile(), 1).nothing).toBe(false);
    expect(lossOf([balanced], madeProfile({ lost: 2 }), 0).reasons).toEqual([
      "2 of its records were dropped",
    ]);
    expect(lossOf([balanced], undefined, 0).nothing).toBe(false);
  });

  it("is still 'nothing' if only others lost something", () => {
    const others = { ...balanced, generated: 13, dropped: { ring_full: 3 } };
    expect(lossOf([others], madeProfile(), 0)).toMatchObject({ nothing: true, dropped: 3 });
  });
});

describe("a summary", () => {
  it("folds files by directory", () => {
    const builder = new SummaryBuilder();
    const open = (path: string, ...access: string[]) =>
      builder.add(madeEvent({ kind: "open", path: { value: path }, access }));
    open("/etc/a", "read");
    open("/etc/b", "read");
    open("/etc/c", "read", "write");
    open("/lib/x.so", "read", "exec");
    open("/new", "write", "created");
    expect(builder.build(undefined).files).toMatchObject([
      { directory: "/etc", read: 2, written: 1 },
      { directory: "/lib", executed: 1 },
      { directory: "/", created: 1 },
    ]);
  });

  it("counts a file once, though it is told again when the start is over", () => {
    const builder = new SummaryBuilder();
    const open = (...access: string[]) =>
      builder.add(madeEvent({ kind: "open", path: { value: "/etc/a" }, access }));
    open("read");
    open("read");
    open("read", "write");
    expect(builder.build(undefined).files).toMatchObject([{ read: 1, written: 1 }]);
  });

  it("leaves out what was done before the command", () => {
    const builder = new SummaryBuilder();
    const path = { value: "/etc/a" };
    builder.add(madeEvent({ kind: "open", path, access: ["read"] }, { flags: ["setup"] }));
    expect(builder.build(undefined).files).toEqual([]);
  });

  it("keeps a bounded list, and says how much it left out", () => {
    const builder = new SummaryBuilder();
    for (let n = 0; n < 5_000; n++) {
      const name = { value: `${n}.example` };
      const server = { address: "::1", port: 53 };
      builder.add(madeEvent({ kind: "dns", name, questionType: "A", server }));
    }
    const { names, omitted } = builder.build(undefined);
    expect(names.length + omitted).toBe(5_000);
    expect(omitted).toBeGreaterThan(0);
  });

  it("says in red what is missing", () => {
    const summary = new SummaryBuilder().build(undefined);
    const ended = { name: "x", seconds: 1, how: "exit code 0" };
    const lossy = lossOf([balanced], madeProfile({ lost: 2 }), 0);
    const text = summaryText(ended, summary, lossy, (colour, words) =>
      colour === "red" ? `<${words}>` : words,
    );
    expect(text).toContain("<this is not everything:>");
    const nothing = lossOf([balanced], madeProfile(), 0);
    expect(summaryText(ended, summary, nothing, plain)).toContain("nothing was lost");
  });
});
