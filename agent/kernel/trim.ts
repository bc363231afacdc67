/**
 * Loading takes memory that nothing needs afterwards: BTF, the verifier's log, code of the start.
 */
export { returnMemory } from "@pahlevan/native";
