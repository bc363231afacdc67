/**
 * What people watch a host with, where Pahlevan is counted: `auditd` with rules for execve, openat
 * and connect, or Debian's libbpf-tools by name. Says "ready", ends when it is told to.
 */
import { Audit } from "../host/audit.ts";
import { Snoops } from "../host/snoop.ts";

const tools = process.argv.slice(2);
const stop = tools.includes("auditd") ? await auditing() : await snooping(tools);
setInterval(() => undefined, 1 << 30); // nothing else would keep this process
console.log("ready");
process.once("SIGTERM", () => void stop().then(() => process.exit()));

async function auditing(): Promise<() => Promise<void>> {
  const audit = new Audit();
  await audit.start();
  await audit.on();
  return () => audit.stop();
}

async function snooping(names: readonly string[]): Promise<() => Promise<void>> {
  const snoops = new Snoops();
  await snoops.start(names);
  return () => snoops.stop();
}
