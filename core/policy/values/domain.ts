/** Names of hosts: example.org, or *.example.org for every name below it. */
import { readAddress } from "../../behaviour/address.ts";
import { refused, type Read } from "./read.ts";

export const domainSays = "a domain such as example.org or *.example.org";
export const domainPattern =
  /^(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$/;

/** In lower case and without the root's dot, so that one name has one form. */
export function readDomain(text: string): Read<string> {
  if (readAddress(text) !== undefined) return refused("it is an address; those go to the CIDRs");
  if (/^[^\0-\x20]*[^\0-\x7f]/.test(text)) {
    return refused("write it in ASCII, as DNS carries it (xn--…)");
  }
  if (!domainPattern.test(text)) return refused(`it takes ${domainSays}`);
  const value = text.toLowerCase().replace(/\.$/, "");
  const labels = value.split(".");
  if (value.length > 253 || labels.some((label) => label.length > 63)) {
    return refused("a label has at most 63 letters and a name 253 (RFC 1035)");
  }
  return { value };
}
