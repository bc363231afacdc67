/** Real Prometheus and Alertmanager with what is shipped: how alerts reach Pahlevan. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { usualPace } from "../../dashboards/rules/pace.ts";
import { shippedGroups } from "../../dashboards/rules/shipped.ts";
import { rulesFile } from "../../dashboards/rules/write/prometheus.ts";
import { Alertmanager, alertmanager } from "./monitoring/alertmanager.ts";
import { Listener } from "./monitoring/listener.ts";
import { Prometheus, prometheus } from "./monitoring/prometheus.ts";

const token = "a-token-in-a-file";
const notification = z.object({
  status: z.string(),
  alerts: z.array(z.object({ labels: z.record(z.string(), z.string()) })),
});

/** What was told of a lever: for each notification the labels of its alerts. */
function toldOf({ heard }: Listener, signal: string, status = "firing") {
  return heard
    .map(({ body }) => notification.parse(JSON.parse(body)))
    .filter((each) => each.status === status)
    .map(({ alerts }) => alerts.map(({ labels }) => labels))
    .filter(([labels]) => labels?.["pahlevan_signal"] === signal);
}

const burst = (workload: string) => ({
  alertname: "PahlevanViolationBurst",
  severity: "warning",
  pahlevan_signal: "rollback",
  ...{ namespace: "shop", workload, policy: workload },
});
const heartbeat = { alertname: "PahlevanHeartbeat", pahlevan_signal: "heartbeat" };
const lacks = "needs Debian: prometheus-alertmanager";

describe.skipIf(alertmanager === undefined)(`Alertmanager (${alertmanager ?? lacks})`, () => {
  it("tells each target's lever by itself, with the token, and when it has ended", async () => {
    await using pahlevan = await Listener.listening();
    await using alerts = await Alertmanager.routing({ to: pahlevan.address, token });
    await alerts.post({ alertname: "PahlevanAgentDown", severity: "critical" });
    await alerts.post(burst("web"));
    await alerts.post(burst("api"));
    await alerts.post(heartbeat);
    await expect.poll(() => toldOf(pahlevan, "rollback").length).toBe(2);
    await expect.poll(() => toldOf(pahlevan, "heartbeat").length).toBe(1);
    expect(toldOf(pahlevan, "rollback")).toEqual(
      expect.arrayContaining([[burst("web")], [burst("api")]]),
    );
    // Ended a moment before now, wherever this runs.
    await alerts.post(burst("web"), new Date().toISOString());
    await expect.poll(() => toldOf(pahlevan, "rollback", "resolved")).toEqual([[burst("web")]]);
    for (const { headers, body } of pahlevan.heard) {
      expect(headers.authorization).toBe(`Bearer ${token}`);
      expect(body).not.toContain("PahlevanAgentDown");
    }
  });

  it("tells a team's own alert that carries the label", async () => {
    await using pahlevan = await Listener.listening();
    await using alerts = await Alertmanager.routing({ to: pahlevan.address, token });
    const own = {
      ...{ alertname: "CheckoutErrorsHigh", team: "shop", pahlevan_signal: "rollback" },
      ...{ namespace: "shop", workload: "checkout" },
    };
    await alerts.post(own);
    await expect.poll(() => toldOf(pahlevan, "rollback")).toEqual([[own]]);
  });

  it("beats on while all is well", async () => {
    await using pahlevan = await Listener.listening();
    const edit = (config: string) =>
      config
        .replace("group_interval: 30s", "group_interval: 3s")
        .replace("repeat_interval: 25s", "repeat_interval: 2500ms");
    await using alerts = await Alertmanager.routing({ to: pahlevan.address, token, edit });
    await alerts.post(heartbeat);
    await expect.poll(() => toldOf(pahlevan, "heartbeat").length).toBeGreaterThan(2);
  });

  it.skipIf(prometheus === undefined)(
    "brings a burst that Prometheus scrapes, with its target, and beats meanwhile",
    async () => {
      await using pahlevan = await Listener.listening();
      await using alerts = await Alertmanager.routing({ to: pahlevan.address, token });
      const labels =
        'namespace="shop",workload="web",policy="web",facet="exec",action="deny",mode="enforce",tier="lsm"';
      await using asked = await Prometheus.scraping({
        target: pahlevan.address,
        intervalSeconds: 1,
        rules: [rulesFile(shippedGroups({ ...usualPace, evaluation: 1 }))],
        alertmanager: alerts.address,
      });
      await expect.poll(() => toldOf(pahlevan, "heartbeat").length).toBe(1);
      const denied = (times: number) => `pahlevan_policy_violations_total{${labels}} ${times}\n`;
      pahlevan.says = denied(3);
      await expect.poll(() => asked.query("pahlevan_policy_violations_total")).toEqual([3]);
      pahlevan.says = denied(90);
      await expect.poll(() => toldOf(pahlevan, "rollback")).toEqual([[burst("web")]]);
    },
  );
});
