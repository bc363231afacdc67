/** What a record is about, by its kind. */
import type { Detail, Kind, ProcessKey, Text } from "@pahlevan/core/behaviour/event.ts";
import { accessValues, operationValues } from "./layout.gen.ts";
import {
  bpfCommandName,
  capabilityName,
  questionTypeName,
  ringOperationName,
  syscallName,
} from "./names/names.ts";
import type { RecordView } from "./record.ts";
import { endpointOf, socketOf } from "./socket.ts";

const accessBits = Object.entries(accessValues);
const operations = Object.keys(operationValues);
/** (uid_t)-1, which nobody has. */
const NO_ID = 0xffff_ffff;
const noText: Text = { value: "" };

export function detailOf(kind: Kind, view: RecordView): Detail {
  const number = view.u32("number");
  switch (kind) {
    case "instance_start":
    case "instance_end":
      return { kind, cgroup: object(view) };
    case "fork":
      return { kind, child: objectProcess(view) };
    case "exec": {
      const script = view.text("second");
      return {
        kind,
        path: object(view),
        ...(script === undefined ? {} : { script }),
        inode: view.u64("inode"),
        device: view.u32("device"),
      };
    }
    case "exit":
      return {
        kind,
        code: (number >> 8) & 0xff,
        signal: number & 0x7f,
        dumped: (number & 0x80) !== 0,
      };
    case "credential":
      return {
        kind,
        operation: operation(view),
        ...(view.u32("from_uid") === NO_ID
          ? {}
          : { from: { uid: view.u32("from_uid"), gid: view.u32("from_gid") } }),
        // Process fields hold who acts: the new ids travel in fields that this kind does not use.
        to: { uid: number, gid: view.u32("object_pid") },
        capabilities: view.u64("bytes_sent"),
      };
    case "open":
    case "create":
    case "unlink":
    case "chmod":
      return {
        kind,
        path: object(view),
        access: access(view.u16("access")),
        ...maybeOperation(view),
        ...(number === 0 ? {} : { mode: number }),
      };
    case "rename":
    case "link":
      return {
        kind,
        path: object(view),
        target: view.text("second") ?? noText,
        ...maybeOperation(view),
      };
    case "mount": {
      const source = view.text("second");
      return {
        kind,
        operation: operation(view),
        path: object(view),
        ...(source === undefined ? {} : { source }),
      };
    }
    case "connect":
    case "bind":
    case "listen":
    case "accept":
    case "send":
    case "flow":
      return { kind, ...socketOf(kind, view) };
    case "dns":
      return {
        kind,
        name: object(view),
        questionType: questionTypeName(number),
        server: endpointOf(view, "remote"),
      };
    case "syscall":
      return {
        kind,
        number,
        name: syscallName(number, view.has("compat")),
        compat: view.has("compat"),
      };
    case "capability":
      return { kind, number, name: capabilityName(number), granted: view.has("granted") };
    case "ptrace": {
      const path = view.text("object");
      return {
        kind,
        operation: operation(view),
        target: objectProcess(view),
        ...(path === undefined ? {} : { path }),
        mode: number,
      };
    }
    case "bpf": {
      const own = view.text("object");
      return { kind, command: bpfCommandName(number), number, ...(own && { own }) };
    }
    case "module":
      return { kind, name: object(view) };
    case "namespace":
      return { kind, operation: operation(view) };
    case "io_uring":
      return { kind, operation: ringOperationName(number), number };
  }
}

function object(view: RecordView): Text {
  return view.text("object") ?? noText;
}

function objectProcess(view: RecordView): ProcessKey {
  return { pid: view.u32("object_pid"), startNs: view.u64("object_start_ns") };
}

function access(bits: number): string[] {
  return accessBits.filter(([, bit]) => (bits & bit) !== 0).map(([name]) => name);
}

function operation(view: RecordView): string {
  const number = view.u16("operation");
  return operations[number] ?? `operation_${number}`;
}

/** Only what says more than "none". */
function maybeOperation(view: RecordView): { operation?: string } {
  return view.u16("operation") === operationValues.none ? {} : { operation: operation(view) };
}
