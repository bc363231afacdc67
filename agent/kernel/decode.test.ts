/**
 * Records as the kernel writes them become the events they tell, and no bytes make the decoder
 * throw.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { objectOf } from "@pahlevan/core/behaviour/object.ts";
import { decode } from "./decode.ts";
import {
  actionValues,
  facetValues,
  flagValues,
  kindValues,
  operationValues,
  recordLayout,
} from "./layout.gen.ts";
import { madeBytes, madeRecord, viewOf, type MadeRecord } from "./made-record.ts";

function detail(made: MadeRecord) {
  return decode(madeRecord(made))?.detail;
}

describe("who and when", () => {
  const made: MadeRecord = {
    kind: "open",
    fields: [
      ["time_ns", 123n],
      ["cgroup_id", 2n ** 33n + 5n],
      ["instance", 7],
      ["instance_generation", 3],
      ["pid", 41],
      ["tid", 42],
      ["start_ns", 99n],
      ["parent_pid", 1],
      ["parent_start_ns", 2n],
      ["uid", 1000],
      ["gid", 1001],
      ["flags", flagValues.cut | flagValues.lossy],
    ],
    raw: { comm: "cat" },
    texts: { object: "/etc/passwd", exe: "/usr/bin/cat" },
  };

  test("a record's head and process are read whole", () => {
    expect(decode(madeRecord(made))).toMatchObject({
      timeNs: 123n,
      cgroupId: 2n ** 33n + 5n,
      instance: 7,
      generation: 3,
      flags: ["cut", "lossy"],
      process: {
        pid: 41,
        tid: 42,
        startNs: 99n,
        comm: "cat",
        uid: 1000,
        gid: 1001,
        exe: { value: "/usr/bin/cat" },
        parent: { pid: 1, startNs: 2n },
      },
    });
  });

  test("a look at the head tells kind, instance and cgroup without decoding", () => {
    const { kind, instance, generation, cgroup } = madeRecord(made);
    expect({ kind, instance, generation, cgroup }).toEqual({
      kind: kindValues.open,
      instance: 7,
      generation: 3,
      cgroup: 2 ** 33 + 5,
    });
  });

  test("a comm of sixteen bytes has no end of its own", () => {
    const event = decode(madeRecord({ kind: "fork", raw: { comm: "0123456789abcdef" } }));
    expect(event?.process?.comm).toBe("0123456789abcdef");
  });

  test("what ran outside the process has none", () => {
    const event = decode(
      madeRecord({ kind: "accept", fields: [["flags", flagValues.no_process]] }),
    );
    expect(event).not.toHaveProperty("process");
  });
});

describe("what", () => {
  test("exec: program, script, arguments and working directory", () => {
    const event = decode(
      madeRecord({
        kind: "exec",
        fields: [
          ["inode", 12n],
          ["device", 34],
        ],
        texts: {
          object: "/bin/sh",
          second: "./run.sh",
          cwd: "/srv",
          args: "sh\0\0-x\0",
        },
      }),
    );
    expect(event?.detail).toEqual({
      kind: "exec",
      path: { value: "/bin/sh" },
      script: { value: "./run.sh" },
      inode: 12n,
      device: 34,
    });
    expect(event?.process).toMatchObject({
      exe: { value: "/bin/sh" },
      cwd: { value: "/srv" },
      args: [{ value: "sh" }, { value: "" }, { value: "-x" }],
    });
  });

  test("exit: status, signal and core dump are told apart", () => {
    expect(detail({ kind: "exit", fields: [["number", 3 << 8]] })).toEqual({
      kind: "exit",
      code: 3,
      signal: 0,
      dumped: false,
    });
    expect(detail({ kind: "exit", fields: [["number", 0x8b]] })).toMatchObject({
      signal: 11,
      dumped: true,
    });
  });

  test("credential: from whom to whom", () => {
    const fields = [
      ["operation", operationValues.setuid],
      ["from_uid", 1000],
      ["from_gid", 1001],
      ["number", 0],
      ["object_pid", 5],
      ["bytes_sent", 1n << 21n],
    ] as const;
    expect(
      detail({ kind: "credential", fields: fields.map(([name, value]) => [name, value]) }),
    ).toEqual({
      kind: "credential",
      operation: "setuid",
      from: { uid: 1000, gid: 1001 },
      to: { uid: 0, gid: 5 },
      capabilities: 1n << 21n,
    });
  });

  test("credential, told after the change: from whom is not known", () => {
    const event = detail({ kind: "credential", fields: [["from_uid", 0xffff_ffff]] });
    expect(event).not.toHaveProperty("from");
  });

  test("open: how the file is used", () => {
    expect(
      detail({ kind: "open", fields: [["access", 1 | 2 | 16]], texts: { object: "/x" } }),
    ).toEqual({
      kind: "open",
      path: { value: "/x" },
      access: ["read", "write", "truncated"],
    });
  });

  test("chmod, rename and mount: operation and second name", () => {
    const chmod = detail({
      kind: "chmod",
      fields: [
        ["operation", operationValues.chmod],
        ["number", 0o4755],
      ],
      texts: { object: "/x" },
    });
    expect(chmod).toMatchObject({ operation: "chmod", mode: 0o4755 });
    const rename = detail({ kind: "rename", texts: { object: "/a", second: "/b" } });
    expect(rename).toEqual({ kind: "rename", path: { value: "/a" }, target: { value: "/b" } });
    const mount = detail({
      kind: "mount",
      fields: [["operation", operationValues.mount]],
      texts: { object: "/mnt", second: "tmpfs" },
    });
    expect(mount).toMatchObject({ operation: "mount", source: { value: "tmpfs" } });
  });

  test("connect over IPv4: the remote end only", () => {
    const made: MadeRecord = {
      kind: "connect",
      fields: [
        ["family", 2],
        ["protocol", 6],
        ["remote_port", 443],
      ],
      raw: { remote: [10, 0, 0, 1] },
    };
    expect(detail(made)).toEqual({
      kind: "connect",
      protocol: "tcp",
      family: "ipv4",
      remote: { address: "10.0.0.1", port: 443 },
    });
  });

  test("a flow over IPv6: both ends and its bytes", () => {
    const made: MadeRecord = {
      kind: "flow",
      fields: [
        ["family", 10],
        ["protocol", 6],
        ["local_port", 8080],
        ["remote_port", 50_000],
        ["bytes_sent", 10n],
        ["bytes_received", 20n],
      ],
      raw: {
        local: [...Array<number>(15).fill(0), 1],
        remote: [0x20, 1, 0xd, 0xb8, ...Array<number>(11).fill(0), 2],
      },
    };
    expect(detail(made)).toEqual({
      kind: "flow",
      protocol: "tcp",
      family: "ipv6",
      local: { address: "::1", port: 8080 },
      remote: { address: "2001:db8::2", port: 50_000 },
      bytesSent: 10n,
      bytesReceived: 20n,
    });
  });

  test("a unix socket is a path", () => {
    expect(
      detail({ kind: "bind", fields: [["family", 1]], texts: { object: "@abstract" } }),
    ).toEqual({
      kind: "bind",
      protocol: "unix",
      family: "unix",
      path: { value: "@abstract" },
    });
  });

  test("dns: question and server", () => {
    const made: MadeRecord = {
      kind: "dns",
      fields: [
        ["family", 2],
        ["number", 28],
        ["remote_port", 53],
      ],
      raw: { remote: [127, 0, 0, 53] },
      texts: { object: "example.org" },
    };
    expect(detail(made)).toEqual({
      kind: "dns",
      name: { value: "example.org" },
      questionType: "AAAA",
      server: { address: "127.0.0.53", port: 53 },
    });
  });

  test("ptrace names its target", () => {
    const made: MadeRecord = {
      kind: "ptrace",
      fields: [
        ["operation", operationValues.ptrace_attach],
        ["object_pid", 5],
        ["object_start_ns", 6n],
        ["number", 2],
      ],
      texts: { object: "/bin/sleep" },
    };
    expect(detail(made)).toEqual({
      kind: "ptrace",
      operation: "ptrace_attach",
      target: { pid: 5, startNs: 6n },
      path: { value: "/bin/sleep" },
      mode: 2,
    });
  });
});

test("an attempt on the guard says what of it, in place of the command", () => {
  const event = decode(
    madeRecord({
      kind: "bpf",
      fields: [
        ["number", 14],
        ["facet", facetValues.bpf],
        ["action", actionValues.deny],
      ],
      texts: { object: "pahlevan's map instances" },
    }),
  );
  expect(event).toMatchObject({
    detail: { kind: "bpf", command: "BPF_MAP_GET_FD_BY_ID", number: 14 },
    decision: { facet: "bpf", action: "deny", uses: [], policy: 0 },
  });
  expect(event && objectOf(event.detail)).toEqual({ value: "pahlevan's map instances" });
  expect(detail({ kind: "bpf", fields: [["number", 14]] })).not.toHaveProperty("own");
});

describe("what cannot be", () => {
  const good = madeBytes({ kind: "open", texts: { object: "/x" } });

  test.each([
    ["shorter than its fixed part", (bytes: Buffer) => bytes.subarray(0, 100)],
    ["cut before its end", (bytes: Buffer) => bytes.subarray(0, bytes.length - 1)],
    ["longer than it says", (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(8)])],
    ["of no kind", (bytes: Buffer) => changed(bytes, "kind", 0)],
    ["of a kind from the future", (bytes: Buffer) => changed(bytes, "kind", kindValues.max)],
    ["with texts beyond its end", (bytes: Buffer) => changed(bytes, "text_bytes", 3)],
  ])("a record %s is counted and skipped", (_, change) => {
    const bytes = change(good);
    const view = viewOf(bytes);
    expect(view.look(0, bytes.length)).toBe(false);
    expect(view.malformed).toBe(1);
  });

  test("a length beyond the memory is refused", () => {
    expect(viewOf(good).look(0, good.length + 8)).toBe(false);
  });

  test("any bytes are decoded or refused, never thrown at", () => {
    const record = fc
      .record({
        head: fc.uint8Array({
          minLength: recordLayout.sizeBytes,
          maxLength: recordLayout.sizeBytes,
        }),
        lengths: fc.array(fc.nat({ max: 40 }), { minLength: 5, maxLength: 5 }),
        tail: fc.uint8Array({ minLength: 200, maxLength: 200 }),
        kind: fc.nat({ max: kindValues.max }),
      })
      .map(({ head, lengths, tail, kind }) => {
        const total = lengths.reduce((sum, length) => sum + length, 0);
        const bytes = Buffer.concat([head, tail.subarray(0, total)]);
        lengths.forEach((length, i) =>
          bytes.writeUInt16LE(length, recordLayout.offset.text_bytes + 2 * i),
        );
        bytes.writeUInt16LE(kind, recordLayout.offset.kind);
        bytes.writeUInt32LE(bytes.length, recordLayout.offset.bytes);
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(record, fc.uint8Array({ maxLength: 600 })), (bytes) => {
        const view = viewOf(bytes);
        if (!view.look(0, bytes.length)) return view.malformed === 1;
        return decode(view) !== undefined;
      }),
      { numRuns: 2000 },
    );
  });
});

function changed(bytes: Buffer, field: "kind" | "text_bytes", value: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt16LE(value, recordLayout.offset[field]);
  return copy;
}
