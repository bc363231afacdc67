/** libbpf's objects as JavaScript objects: loads the C++ addon and gives it types. */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type * as types from "./types.ts";

export type * from "./types.ts";

const names = [
  ...["BpfObject", "BpfMap", "BpfLink", "Ring", "probeHook", "possibleCpus", "enableRunStats"],
  ...["ownPid", "returnMemory", "hasProgram", "versions"],
  ...["kernelHasType", "kernelHasMember", "kernelEnumValue"],
];

/** An addon built before something was added to it lacks that name. */
function isNative(loaded: unknown): loaded is types.Native {
  return typeof loaded === "object" && loaded !== null && names.every((name) => name in loaded);
}

/** PAHLEVAN_NATIVE may name another build, e.g. the one with sanitizers. */
function loadAddon(): types.Native {
  const builtHere = fileURLToPath(new URL("../../build/native/pahlevan.node", import.meta.url));
  const path = process.env["PAHLEVAN_NATIVE"] ?? builtHere;
  const advice = "build it: make -C agent/native";
  let loaded: unknown;
  try {
    loaded = createRequire(import.meta.url)(path);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`cannot load the native addon ${path}: ${why}\n${advice}`, { cause });
  }
  if (isNative(loaded)) return loaded;
  throw new Error(`the native addon ${path} is not of this version\n${advice}`);
}

const addon = loadAddon();

// Each of these names is a class and, as with TypeScript's own classes, the type of its instances.
export const { BpfObject, BpfMap, BpfLink, Ring } = addon;
export type BpfObject = types.BpfObject;
export type BpfMap = types.BpfMap;
export type BpfLink = types.BpfLink;
export type Ring = types.Ring;

export const { probeHook, kernelHasType, kernelHasMember, kernelEnumValue } = addon;
export const { ownPid, returnMemory, hasProgram, possibleCpus, enableRunStats, versions } = addon;
