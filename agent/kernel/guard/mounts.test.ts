/** Lines as a host has them: numbers are made up, shapes are not. */
import { expect, it } from "vitest";
import { deviceOf, takenAlong } from "./mounts.ts";

const mountinfo = `
22 28 0:20 / /sys rw,nosuid shared:7 - sysfs sysfs rw
28 1 8:1 / / rw,relatime shared:1 - ext4 /dev/root rw
35 22 0:31 / /sys/fs/bpf rw,nosuid shared:11 - bpf bpf rw,mode=700
36 22 0:32 / /sys/fs/pstore rw - pstore pstore rw
90 28 0:31 /pahlevan /mnt/pins rw - bpf bpf rw,mode=700
91 28 0:44 / /home rw - tmpfs tmpfs rw
`;

it("a file system goes with its mounts, and with those above them", () => {
  const taken = takenAlong(mountinfo, { number: 31, text: "0:31" });
  expect(taken).toEqual(new Set([22, 28, 35, 90]));
});

it("one that is not mounted there goes with none", () => {
  expect(takenAlong(mountinfo, { number: 99, text: "0:99" }).size).toBe(0);
  expect(takenAlong("", { number: 31, text: "0:31" }).size).toBe(0);
});

it("a device is numbered as the kernel does, also past 255", () => {
  expect(deviceOf(0x1fn)).toEqual({ number: 31, text: "0:31" });
  expect(deviceOf(0x10_0801n)).toEqual({ number: (8 << 20) | 257, text: "8:257" });
});
