/** Names that the kernel gives: system calls and capabilities, each in one form. */
import { refused, type Read } from "./read.ts";

export const syscallSays = "the name of a system call, such as openat";
export const syscallPattern = /^[a-z_][a-z0-9_]*$/;

export function readSyscall(text: string): Read<string> {
  return syscallPattern.test(text) ? { value: text } : refused(`it takes ${syscallSays}`);
}

export const capabilitySays = "a capability such as NET_BIND_SERVICE, with or without CAP_";
export const capabilityPattern = /^[A-Za-z][A-Za-z0-9_]*$/;

/** In capitals, with CAP_. */
export function readCapability(text: string): Read<string> {
  if (!capabilityPattern.test(text)) return refused(`it takes ${capabilitySays}`);
  const name = text.toUpperCase();
  if (name === "ALL") return refused("for all that are not allowed, write defaultAction: deny");
  return { value: name.startsWith("CAP_") ? name : `CAP_${name}` };
}
