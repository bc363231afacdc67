/** Every default of a policy, as a policy would write it; nothing else may hold one. */

export const defaults = {
  learning: {
    enabled: true,
    duration: "5m",
    minSamples: 100,
    autoTransition: true,
    lifecycleAware: true,
    quietPeriod: "1m",
    minInstances: 1,
    maxUnseenMass: 0.05,
  },
  enforcement: {
    mode: "monitor",
    blockUnknown: false,
    alertOnly: false,
    canary: { steps: [1, "10%", "50%", "100%"], stepDuration: "5m" },
  },
  selfHealing: {
    enabled: true,
    rollbackThreshold: 5,
    rollbackWindow: "1m",
    strategy: "gradual",
    recoveryTimeout: "5m",
  },
  observability: { metrics: { enabled: true }, datadogSite: "datadoghq.com" },
  webhooks: { events: ["all"] },
} as const;
