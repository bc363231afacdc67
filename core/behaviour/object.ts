/** The one string that says what a fact is about: what `observe` shows and what policies name. */
import type { Detail, Endpoint, Text } from "./event.ts";

export function objectOf(detail: Detail): Text {
  switch (detail.kind) {
    case "instance_start":
    case "instance_end":
      return detail.cgroup;
    case "fork":
      return plain(`pid ${detail.child.pid}`);
    case "exit":
      return plain(detail.signal === 0 ? `code ${detail.code}` : `signal ${detail.signal}`);
    case "credential":
      return plain(`${detail.operation}/${detail.to.uid}:${detail.to.gid}`);
    case "exec":
    case "open":
    case "create":
    case "unlink":
    case "chmod":
    case "rename":
    case "link":
    case "mount":
      return detail.path;
    case "connect":
    case "send":
      return endpointOf(detail, detail.remote, "out");
    case "bind":
    case "listen":
    case "accept":
      return endpointOf(detail, detail.local, "in");
    case "flow":
      return endpointOf(detail, detail.remote, "flow");
    case "dns":
    case "module":
      return detail.name;
    case "syscall":
    case "capability":
      return plain(detail.name);
    case "ptrace":
      return detail.path ?? plain(`pid ${detail.target.pid}`);
    case "bpf":
      return detail.own ?? plain(detail.command);
    case "io_uring":
    case "namespace":
      return plain(detail.operation);
  }
}

function plain(value: string): Text {
  return { value };
}

type NetworkDetail = Extract<Detail, { readonly protocol: string }>;

/** "tcp/10.0.0.1:443/out", "udp/[2001:db8::1]:53/out", "unix//run/app.sock/out" */
function endpointOf(detail: NetworkDetail, at: Endpoint | undefined, direction: string): Text {
  if (detail.path !== undefined) {
    const value = `${detail.protocol}/${detail.path.value}/${direction}`;
    return detail.path.escaped ? { value, escaped: true } : { value };
  }
  return plain(`${detail.protocol}/${at === undefined ? "?" : endpointText(at)}/${direction}`);
}

function endpointText({ address, port }: Endpoint): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
