/** The command line of one VM. */
import { join } from "node:path";

export interface Machine {
  image: string;
  initramfs: string;
  /** The directory of this run: session script, sockets, console log. */
  session: string;
  /** Names of the streams that come back, each over a socket `<name>.sock` in the session. */
  streams: readonly string[];
  shares: readonly string[];
  lsm: string;
  smp: number;
  memoryMb: number;
  icount: boolean;
}

export function qemuArguments(machine: Machine): string[] {
  const { session } = machine;
  return [
    ...["-cpu", "max", "-smp", String(machine.smp), "-m", `${machine.memoryMb}M`],
    ...["-display", "none", "-nodefaults", "-no-user-config", "-no-reboot"],
    // With icount one instruction is one nanosecond of guest time, and idle time passes at once.
    // Without: one host thread for all processors. With a thread each, kernel 7 dies in one boot of
    // a dozen ("Oops: int3"): a processor runs stale code while another patches a static key. The
    // boot takes 5.0 s instead of 4.5 s.
    ...(machine.icount ? ["-icount", "shift=0,sleep=off"] : ["-accel", "tcg,thread=single"]),
    ...["-kernel", machine.image, "-initrd", machine.initramfs],
    ...["-append", kernelCommandLine(machine)],
    ...["-serial", `file:${join(session, "console.log")}`],
    ...["-virtfs", share("host", "/", "readonly=on")],
    ...machine.shares.flatMap((path, index) => ["-virtfs", share(`share${index}`, path)]),
    ...["-device", "virtio-serial"],
    ...machine.streams.flatMap((name, index) => [
      ...["-chardev", `socket,id=${name},path=${join(session, `${name}.sock`)}`],
      ...["-device", `virtserialport,chardev=${name},nr=${index + 1}`],
    ]),
  ];
}

function share(tag: string, path: string, ...more: string[]): string {
  const options = [`path=${path}`, `mount_tag=${tag}`, "security_model=none", "multidevs=remap"];
  return ["local", ...options, ...more].join(",");
}

function kernelCommandLine(machine: Machine): string {
  return [
    "console=ttyS0",
    "loglevel=5", // warnings are printed: the run fails on them
    "panic=-1", // with -no-reboot: the VM ends at once
    "oops=panic",
    "mitigations=off",
    "nowatchdog", // a host that starves the VM is no lockup of the kernel
    // The same addresses on every boot, of the kernel and of processes. With random ones the count
    // for a fork varies by 2 % from boot to boot (how many page tables there are), without by 0.02
    // %.
    ...(machine.icount ? ["nokaslr", "norandmaps"] : []),
    `lsm=${machine.lsm}`,
    `vm.session=${machine.session}`,
  ].join(" ");
}
