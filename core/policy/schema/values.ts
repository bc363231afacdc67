/** The written values of a policy as schemas: each reads to its meaning, and writes back. */
import { cidrText } from "../../behaviour/cidr.ts";
import { cidrPattern, cidrSays, readCidr } from "../values/cidr.ts";
import { domainPattern, domainSays, readDomain } from "../values/domain.ts";
import { durationPattern, durationSays, durationText, readDuration } from "../values/duration.ts";
import { endpointSays, endpointText, readEndpoint } from "../values/endpoint.ts";
import { instantPattern, instantSays, instantText, readInstant } from "../values/instant.ts";
import {
  capabilityPattern,
  capabilitySays,
  readCapability,
  readSyscall,
  syscallPattern,
  syscallSays,
} from "../values/kernel-name.ts";
import { pathPattern, pathSays, pathText, readPath } from "../values/path.ts";
import { portPattern, portSays, portText, readPort } from "../values/port.ts";
import { readStep, stepPattern, stepSays, stepText } from "../values/step.ts";
import { read, readEither } from "./build.ts";

const asIs = (text: string) => text;

const writtenDuration = {
  pattern: durationPattern,
  most: 32,
  takes: durationSays,
  read: readDuration,
  write: durationText,
};

export function duration(description: string, absent: string) {
  return read(writtenDuration, { description, absent: absent });
}

export const instant = (description: string) =>
  read(
    {
      pattern: instantPattern,
      most: 40,
      takes: instantSays,
      read: readInstant,
      write: instantText,
    },
    { description },
  );

export const port = readEither(
  {
    pattern: portPattern,
    takes: portSays,
    least: 1,
    most: 65_535,
    read: readPort,
    write: portText,
  },
  { description: "" },
);

export const step = readEither(
  {
    pattern: stepPattern,
    takes: stepSays,
    least: 1,
    most: 100_000,
    read: readStep,
    write: stepText,
  },
  { description: "" },
);

export const cidr = read(
  { pattern: cidrPattern, most: 49, takes: cidrSays, read: readCidr, write: cidrText },
  { description: "" },
);

export const domain = read(
  { pattern: domainPattern, most: 256, takes: domainSays, read: readDomain, write: asIs },
  { description: "" },
);

export const path = read(
  { pattern: pathPattern, most: 4_100, takes: pathSays, read: readPath, write: pathText },
  { description: "" },
);

export const endpoint = read(
  {
    pattern: /^[^\x00]+$/,
    most: 4_200,
    takes: endpointSays,
    read: readEndpoint,
    write: endpointText,
  },
  { description: "" },
);

export const syscall = read(
  { pattern: syscallPattern, most: 64, takes: syscallSays, read: readSyscall, write: asIs },
  { description: "", names: "syscall" },
);

export const capability = read(
  {
    pattern: capabilityPattern,
    most: 64,
    takes: capabilitySays,
    read: readCapability,
    write: asIs,
  },
  { description: "", names: "capability" },
);
