/** From what was read back to documents: as written, or with every default spelled out. */
import * as z from "zod";
import { writtenMode } from "./mode.ts";
import type { Exception, Mode, Policy, Unlisted } from "./policy.ts";
import {
  apiVersion,
  kind,
  policySchema,
  type PahlevanPolicy,
  type PolicyDocument,
} from "./schema/policy.ts";

/** What `parsePolicy` reads back to the very same. */
export function printPolicy(policy: PahlevanPolicy): PolicyDocument {
  return z.encode(policySchema, policy);
}

/** The same policy with nothing left to defaults. */
export function spelledOut(policy: Policy): PahlevanPolicy {
  const { learning, healing, facets, canary, observability } = policy;
  const { syscall, network, file, exec, capability } = facets;
  return {
    apiVersion,
    kind,
    metadata: { name: policy.name, namespace: policy.namespace },
    spec: {
      selector: {
        matchLabels: { ...policy.selector.labels },
        matchExpressions: policy.selector.expressions.map(({ key, operator, values }) => ({
          key,
          operator,
          ...(values.length > 0 && { values: [...values] }),
        })),
      },
      learning: {
        enabled: learning.enabled,
        duration: learning.durationMs,
        minSamples: learning.minSamples,
        autoTransition: learning.autoTransition,
        lifecycleAware: learning.lifecycleAware,
        quietPeriod: learning.quietPeriodMs,
        minInstances: learning.minInstances,
        maxUnseenMass: learning.maxUnseenMass,
      },
      enforcement: {
        mode: writtenMode(policy.mode),
        blockUnknown: policy.unlisted === "deny",
        syscalls: {
          ...common(syscall),
          allowedSyscalls: [...syscall.allowed],
          deniedSyscalls: [...syscall.denied],
        },
        network: {
          ...common(network),
          allowedEgressPorts: [...network.egressPorts],
          allowedIngressPorts: [...network.ingressPorts],
          allowedEgressCIDRs: [...network.egressCidrs],
          deniedEgressPorts: [...network.deniedEgressPorts],
          deniedIngressPorts: [...network.deniedIngressPorts],
          deniedCIDRs: [...network.deniedCidrs],
          allowedDomains: [...network.egressDomains],
        },
        files: {
          ...common(file),
          allowedPaths: [...file.allowed],
          deniedPaths: [...file.denied],
          readOnlyPaths: [...file.readOnly],
        },
        processes: {
          ...common(exec),
          allowedBinaries: [...exec.allowed],
          deniedBinaries: [...exec.denied],
        },
        capabilities: {
          ...common(capability),
          allowed: [...capability.allowed],
          denied: [...capability.denied],
        },
        canary: { steps: [...canary.steps], stepDuration: canary.stepDurationMs },
      },
      selfHealing: {
        enabled: healing.enabled,
        rollbackThreshold: healing.rollbackThreshold,
        rollbackWindow: healing.rollbackWindowMs,
        strategy: healing.strategy,
        recoveryTimeout: healing.recoveryTimeoutMs,
      },
      observability: {
        metrics: {
          enabled: observability.metrics.enabled,
          exporters: [...observability.metrics.exporters],
        },
        tracing: { ...observability.tracing },
        alerting: { channels: [...observability.channels] },
      },
      webhooks: policy.webhooks.map(({ name, url, events }) => ({
        name,
        url,
        events: [...events],
      })),
    },
  };
}

interface Common<Match> {
  readonly mode: Mode;
  readonly unlisted: Unlisted;
  readonly exceptions: readonly Exception<Match>[];
}

function common<Match>({ mode, unlisted, exceptions }: Common<Match>) {
  return {
    mode: writtenMode(mode),
    defaultAction: unlisted,
    exceptions: exceptions.map(({ match, reason, expiresMs }) => ({
      match,
      reason,
      ...(expiresMs !== undefined && { expires: expiresMs }),
    })),
  };
}
