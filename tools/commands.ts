/** Which of the commands that a check wants are on this machine. */

import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

export function isCommand(name: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The first of these commands that is here, or the last one, whose absence then speaks. */
export function preferred(...names: [string, ...string[]]): string {
  return names.find(isCommand) ?? names.at(-1) ?? names[0];
}
