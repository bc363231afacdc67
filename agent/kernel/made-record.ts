/** For tests: a record with the given fields, laid out as the kernel does. */
import { kindValues, recordLayout, textValues } from "./layout.gen.ts";
import { RecordView } from "./record.ts";

const { offset, sizeBytes } = recordLayout;

/** The fields of two bytes; bigints go to those of eight. */
const words = new Set<keyof typeof offset>([
  ...(["kind", "operation", "access", "family", "protocol", "local_port", "remote_port"] as const),
]);

const octets = new Set<keyof typeof offset>(["facet", "action"]);

export interface MadeRecord {
  kind: keyof typeof kindValues;
  fields?: readonly [keyof typeof offset, number | bigint][];
  raw?: Partial<Record<"local" | "remote" | "comm", readonly number[] | string>>;
  texts?: Partial<Record<keyof typeof textValues, string | Uint8Array>>;
}

export function madeBytes(made: MadeRecord): Buffer {
  const head = Buffer.alloc(sizeBytes);
  const tail: Buffer[] = [];
  const names = ["object", "second", "exe", "cwd", "args"] as const;
  for (const name of names) {
    const text = Buffer.from(made.texts?.[name] ?? "");
    head.writeUInt16LE(text.length, offset.text_bytes + 2 * textValues[name]);
    tail.push(text);
  }
  const whole = Buffer.concat([head, ...tail]);
  whole.writeUInt16LE(kindValues[made.kind], offset.kind);
  whole.writeUInt32LE(whole.length, offset.bytes);
  for (const [name, value] of made.fields ?? []) {
    if (typeof value === "bigint") whole.writeBigUInt64LE(value, offset[name]);
    else if (octets.has(name)) whole.writeUInt8(value, offset[name]);
    else if (words.has(name)) whole.writeUInt16LE(value, offset[name]);
    else whole.writeUInt32LE(value, offset[name]);
  }
  for (const name of ["local", "remote", "comm"] as const)
    Buffer.from(made.raw?.[name] ?? "").copy(whole, offset[name]);
  return whole;
}

/** A view of memory that holds just this record, looked at. */
export function madeRecord(made: MadeRecord): RecordView {
  const bytes = madeBytes(made);
  const view = viewOf(bytes);
  if (!view.look(0, bytes.length)) throw new Error("the record made is malformed");
  return view;
}

export function viewOf(bytes: Uint8Array): RecordView {
  const memory = new ArrayBuffer(bytes.length);
  new Uint8Array(memory).set(bytes);
  return new RecordView(memory);
}
