/** The facets of spec.enforcement: what each allows and denies, its mode and its exceptions. */
import type * as z from "zod";
import { choice, fields, list, text } from "./build.ts";
import { capability, cidr, domain, endpoint, instant, path, port, syscall } from "./values.ts";

/** "audit" and "disabled" are the originals' words. */
export const writtenModes = ["monitor", "alert", "enforce", "audit", "disabled"] as const;
const writtenActions = ["allow", "deny", "audit"] as const;

/** Entries of one list; the kernel's tables hold as many for a facet. */
const mostEntries = 4_096;
const mostExceptions = 256;

export const modeText =
  "monitor logs what would be denied, alert also notifies, enforce blocks it. audit is another " +
  "word for monitor; disabled judges nothing";

function entries<S extends z.ZodType>(item: S, description: string) {
  return list(item, mostEntries, { description, absent: [] }).exactOptional();
}

/** What every facet has; `match` is what an exception of this facet names. */
function common<S extends z.ZodType>(match: S, names: string) {
  const exception = fields(
    {
      match: match.meta({ ...match.meta(), description: `What is let through: ${names}.` }),
      reason: text(512, { description: "Why; shown with every decision that it makes." }),
      expires: instant("When it ends, at once. Without, never: that is warned of.").exactOptional(),
    },
    {
      description:
        "Lets one thing through that is not allowed otherwise. It does not lift an explicit deny.",
    },
  );
  return {
    mode: choice(writtenModes, {
      description: `The mode of this facet: ${modeText}.`,
      absentSays: "that of spec.enforcement",
    }).exactOptional(),
    defaultAction: choice(writtenActions, {
      description:
        "What befalls what is neither named here nor learned: audit allows it and says so.",
      absentSays: "deny with blockUnknown, else allow",
    }).exactOptional(),
    exceptions: list(exception, mostExceptions, {
      description: "What is let through for a reason, for a time.",
      absent: [],
    }).exactOptional(),
  };
}

export const syscalls = fields(
  {
    allowedSyscalls: entries(
      syscall,
      "System calls that may be made, by name, beside the learned ones.",
    ),
    deniedSyscalls: entries(syscall, "System calls that may never be made, whatever was learned."),
    ...common(syscall, "the name of a system call"),
  },
  { description: "Facet syscall." },
);

export const network = fields(
  {
    allowedEgressPorts: entries(
      port,
      "Remote ports that may be reached. Where CIDRs or domains are given too, both have to hold.",
    ),
    allowedIngressPorts: entries(
      port,
      "Local ports that may be served. A client may bind at a port that the kernel chooses (0), and be served nowhere else.",
    ),
    allowedEgressCIDRs: entries(
      cidr,
      "Addresses that may be reached. Where ports are given too, both have to hold.",
    ),
    deniedEgressPorts: entries(port, "Remote ports that may never be reached."),
    deniedIngressPorts: entries(port, "Local ports that may never be served."),
    deniedCIDRs: entries(cidr, "Addresses that may never be spoken with, in either direction."),
    allowedDomains: entries(
      domain,
      "Names that may be reached, at the addresses that DNS gave for them; *. stands for every name below. An alternative to a CIDR.",
    ),
    ...common(
      endpoint,
      "an endpoint as a decision shows it (tcp/10.0.0.1:443/out), or a part of it (10.0.0.0/8:443, *.example.org, *:53); without a direction, an address is one that is reached",
    ),
  },
  { description: "Facet network." },
);

export const files = fields(
  {
    allowedPaths: entries(path, "Paths that may be read and written."),
    deniedPaths: entries(path, "Paths that may never be touched."),
    readOnlyPaths: entries(
      path,
      "Paths that may be read, and never written, made, renamed or removed.",
    ),
    ...common(path, "a path"),
  },
  { description: "Facet file. Paths are as the kernel resolves them, inside the container." },
);

export const processes = fields(
  {
    allowedBinaries: entries(path, "Programs that may be run."),
    deniedBinaries: entries(path, "Programs that may never be run."),
    ...common(path, "a path"),
  },
  { description: "Facet exec. Interpreters of scripts are programs too." },
);

export const capabilities = fields(
  {
    allowed: entries(capability, "Capabilities that may be used, with or without CAP_."),
    denied: entries(capability, "Capabilities that may never be used."),
    ...common(capability, "a capability"),
  },
  { description: "Facet capability." },
);
