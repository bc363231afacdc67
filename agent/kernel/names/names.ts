/** Numbers of the kernel as people know them; a number newer than the tables is shown as one. */
import {
  bpfCommands,
  capabilities,
  ringOperations,
  syscallsArm,
  syscallsArm64,
  syscallsI386,
  syscallsX64,
} from "./names.gen.ts";

type Names = Readonly<Record<number, string>>;

interface Numbering {
  readonly native: Names;
  /** Of 32-bit programs on the same kernel. */
  readonly compat: Names;
  /** What else the kernel counts in their rows, so that a name there is not certain. */
  readonly doubt: string;
}

const numberings: Readonly<Record<string, Numbering>> = {
  // x32 marks its calls as others' too, and the kernel keeps the low nine bits of their numbers.
  x64: { native: syscallsX64, compat: syscallsI386, doubt: ", unless x32" },
  arm64: { native: syscallsArm64, compat: syscallsArm, doubt: "" },
};

/**
 * By the other numbering ("compat") a name says so, for a call of the same name is not the same.
 */
export function syscallName(number: number, compat: boolean, architecture = process.arch): string {
  const numbering = numberings[architecture];
  if (!compat) return numbering?.native[number] ?? `syscall_${number}`;
  const name = numbering?.compat[number] ?? `syscall_${number}`;
  return `${name} (32-bit${numbering?.doubt ?? ""})`;
}

/** Names of system calls by number, without what is doubtful about them. */
export function systemCallNames(architecture = process.arch): Pick<Numbering, "native" | "compat"> {
  return numberings[architecture] ?? { native: {}, compat: {} };
}

export function capabilityName(number: number): string {
  return capabilities[number] ?? `CAP_${number}`;
}

export function bpfCommandName(number: number): string {
  return bpfCommands[number] ?? `BPF_${number}`;
}

export function ringOperationName(number: number): string {
  return ringOperations[number] ?? `IORING_OP_${number}`;
}

/** IANA, "DNS Resource Record Types"; those that resolvers really ask for. */
const questionTypes: Names = {
  ...{ 1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 13: "HINFO", 15: "MX", 16: "TXT" },
  ...{ 28: "AAAA", 29: "LOC", 33: "SRV", 35: "NAPTR", 37: "CERT", 39: "DNAME", 41: "OPT" },
  ...{ 43: "DS", 44: "SSHFP", 46: "RRSIG", 47: "NSEC", 48: "DNSKEY", 50: "NSEC3", 52: "TLSA" },
  ...{ 61: "OPENPGPKEY", 64: "SVCB", 65: "HTTPS", 99: "SPF", 249: "TKEY", 250: "TSIG" },
  ...{ 251: "IXFR", 252: "AXFR", 255: "ANY", 256: "URI", 257: "CAA" },
};

/** RFC 3597 writes an unknown type as TYPE and its number. */
export function questionTypeName(number: number): string {
  return questionTypes[number] ?? `TYPE${number}`;
}

/** IANA, "Protocol Numbers". 0 is what a socket of no such family has. */
const protocols: Names = {
  ...{ 1: "icmp", 2: "igmp", 6: "tcp", 17: "udp", 33: "dccp", 41: "ipv6", 47: "gre", 50: "esp" },
  ...{ 51: "ah", 58: "icmpv6", 132: "sctp", 136: "udplite", 255: "raw", 262: "mptcp" },
};

export function protocolName(number: number): string {
  return protocols[number] ?? `protocol_${number}`;
}
