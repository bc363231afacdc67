/** What `pahlevan notify test` sends: trouble that nobody has, and its end, a call each. */
import type { Line } from "../record.ts";

export function testLines(time: string, host: string): readonly (readonly Line[])[] {
  const placed = {
    time,
    namespace: "pahlevan-test",
    workload: "nobody",
    policy: "test-message",
  } as const;
  const move = {
    ...placed,
    event: "pahlevan.loop.transition",
    step: 0,
    signal: "test",
    why: "an operator tries this way of telling; nothing has happened",
    cause: { source: "operator", by: "pahlevan notify test", says: `a test from ${host}` },
  } as const;
  return [
    [
      { ...denial, ...placed, id: `test-${time}-1` },
      {
        ...move,
        id: `test-${time}-2`,
        from: "Enforcing",
        to: "Healing",
        does: "shows how trouble is told",
      },
    ],
    [
      {
        ...move,
        id: `test-${time}-3`,
        from: "Healing",
        to: "Enforcing",
        does: "shows how its end is told",
      },
    ],
  ];
}

const denial = {
  event: "pahlevan.decision",
  facet: "exec",
  kind: "exec",
  object: "/bin/this-is-a-test",
  action: "deny",
  mode: "enforce",
  tier: "lsm",
  reason: "this is a test",
  detail: {},
  flags: [],
} as const;
