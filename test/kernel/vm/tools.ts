/** The programs of the machine that the VM stands on, and what to say where they are missing. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const tools = ["qemu-system-x86_64", "busybox", "setpriv", "apt-get", "dpkg-deb"] as const;
type Tool = (typeof tools)[number];

const packages: Record<Tool, string> = {
  "qemu-system-x86_64": "qemu-system-x86",
  busybox: "busybox-static",
  setpriv: "util-linux",
  "apt-get": "apt",
  "dpkg-deb": "dpkg",
};

function find(name: Tool): string | undefined {
  const directories = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/bin"];
  return directories
    .filter(Boolean)
    .map((directory) => join(directory, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

export function tool(name: Tool): string {
  const path = find(name);
  if (!path) throw new Error(`the VM needs ${name}: apt-get install ${packages[name]}`);
  return path;
}

/** Why no VM can run here, in one line for a skipped test; undefined when it can. */
export function vmUnavailable(): string | undefined {
  const missing = tools.filter((name) => !find(name));
  if (process.arch !== "x64") return `VM tests need an x86-64 machine, this is ${process.arch}`;
  if (missing.length === 0) return undefined;
  const install = missing.map((name) => packages[name]).join(" ");
  return `VM tests need ${missing.join(", ")}: apt-get install ${install}`;
}
