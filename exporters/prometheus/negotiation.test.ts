import { describe, expect, it } from "vitest";
import { accepts, formatFor } from "./negotiation.ts";

const open = "application/openmetrics-text";
const of = (accept?: string) => formatFor(accept).contentType;

describe("the format", () => {
  it("is plain text for who says nothing, takes anything, or wants what there is not", () => {
    for (const accept of [undefined, "", "*/*", "text/*", "application/json", `${open};q=0`, "a,b"])
      expect(of(accept)).toBe("text/plain; version=0.0.4; charset=utf-8");
  });

  it("is the one that weighs most; of two as heavy plain text", () => {
    const named = `${open}; version=1.0.0; charset=utf-8`;
    expect(of(`text/plain;q=0.5,${open};q=0.6`)).toBe(named);
    expect(of(`TEXT/PLAIN;Q=0.5, ${open.toUpperCase()} ; q=0.6`)).toBe(named);
    for (const accept of [`text/plain,${open};q=0.6`, `text/plain,${open}`, `${open},text/plain`])
      expect(formatFor(accept).isOpenMetrics).toBe(false);
    expect(formatFor(`${open};q=0.5,*/*;q=0.1`).isOpenMetrics).toBe(true);
  });

  it("is of the version that is asked for, and no version that is not spoken", () => {
    expect(of(`${open};version=0.0.1`)).toContain("version=0.0.1;");
    expect(of(`${open};version="1.0.0"`)).toContain("version=1.0.0;");
    expect(of(`${open};version=2.0.0,text/plain;q=0.1`)).toMatch(/^text\/plain/);
    expect(of("text/plain;version=1.0.0")).toContain("version=1.0.0;");
  });

  it("is what Prometheus 2.42 asks for", () => {
    const accept =
      `${open};version=1.0.0,${open};version=0.0.1;q=0.75,` +
      "text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
    expect(of(accept)).toBe(`${open}; version=1.0.0; charset=utf-8`);
  });

  it("is what Prometheus 3 asks for, with its way of escaping names", () => {
    const accept =
      `${open};version=1.0.0;escaping=allow-utf-8;q=0.5,${open};version=0.0.1;q=0.4,` +
      "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";
    expect(of(accept)).toBe(`${open}; version=1.0.0; charset=utf-8; escaping=allow-utf-8`);
    expect(of(`${open};escaping=sideways`)).toBe(`${open}; version=1.0.0; charset=utf-8`);
  });

  it("is not protocol buffers, which a Prometheus with native histograms would rather have", () => {
    const protobuf =
      "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
    expect(formatFor(`${protobuf};q=0.6,${open};version=1.0.0;q=0.5`).isOpenMetrics).toBe(true);
  });
});

describe("an encoding", () => {
  it.each([
    ["gzip", true],
    ["deflate, gzip;q=0.5", true],
    ["*", true],
    ["GZIP", true],
    [undefined, false],
    ["", false],
    ["identity", false],
    ["gzip;q=0", false],
    ["*, gzip;q=0", false],
    ["x-gzipped", false],
  ])("of %s is gzip: %s", (header, is) => {
    expect(accepts("gzip", header)).toBe(is);
  });
});
