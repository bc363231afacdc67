/** An example of Alertmanager's configuration: the way from alerts to Pahlevan, and to people. */
import { target } from "../rule.ts";
import { yaml, type Comment } from "./yaml.ts";

const path = "/v1/signals/alertmanager";

/** How often Pahlevan hears that it can be reached, and how soon it hears of a lever. */
const pulse = { groupWait: "0s", groupInterval: "30s", repeatInterval: "25s" };
const lever = { groupWait: "0s", groupInterval: "10s", repeatInterval: "5m" };

const why = {
  heartbeat:
    "The heartbeat. Alertmanager sends again at the first turn of group_interval after " +
    "repeat_interval is over: were both 30s, it would be every second turn.",
  levers:
    "Whatever carries the label is a lever, the shipped alerts and a team's own. Each target has " +
    "its own notification, and goes at once. Told again now and then: what got lost is made good. " +
    "An inhibited or silenced alert pulls no lever, so nothing inhibits one here. " +
    "continue: people hear of it, too.",
  quiet: "Levers forward are no news for people.",
  rest: "Once a route has matched, the one above it is not asked: people need one of their own.",
  receiver:
    "The token is in a file, which can be replaced while Alertmanager runs. send_resolved has to " +
    "stay on: a resolved alert is what ends what it asked for.",
};

export function alertmanagerExample(): string {
  const value = {
    route: {
      receiver: "people",
      group_by: ["alertname", "cluster", "namespace"],
      routes: [
        {
          matchers: ['pahlevan_signal="heartbeat"'],
          receiver: "pahlevan",
          group_by: ["alertname", "cluster"],
          ...snake(pulse),
        },
        {
          matchers: ['pahlevan_signal=~".+"'],
          receiver: "pahlevan",
          continue: true,
          group_by: ["alertname", ...target],
          ...snake(lever),
        },
        { matchers: ['severity=~"info|none"', 'alertname=~"Pahlevan.*"'], receiver: "nobody" },
        { receiver: "people" },
      ],
    },
    receivers: [
      {
        name: "pahlevan",
        webhook_configs: [
          {
            url: `http://127.0.0.1:9464${path}`,
            send_resolved: true,
            http_config: {
              authorization: { credentials_file: "/etc/alertmanager/pahlevan-secret" },
            },
          },
        ],
      },
      { name: "people" },
      { name: "nobody" },
    ],
  };
  return yaml(value, routeComments);
}

/** `monitoring.coreos.com/v1alpha1`, below the operator's own route. */
export function alertmanagerConfig(): string {
  const matches = (matchType: string, value: string) => [
    { name: "pahlevan_signal", matchType, value },
  ];
  const manifest = {
    apiVersion: "monitoring.coreos.com/v1alpha1",
    kind: "AlertmanagerConfig",
    metadata: { name: "pahlevan", namespace: "pahlevan-system" },
    spec: {
      route: {
        receiver: "pahlevan",
        matchers: matches("=~", ".+"),
        continue: true,
        routes: [
          {
            matchers: matches("=", "heartbeat"),
            receiver: "pahlevan",
            groupBy: ["alertname", "cluster"],
            ...pulse,
          },
          {
            matchers: matches("=~", ".+"),
            receiver: "pahlevan",
            groupBy: ["alertname", ...target],
            ...lever,
          },
        ],
      },
      receivers: [
        {
          name: "pahlevan",
          webhookConfigs: [
            {
              url: `https://pahlevan-controller.pahlevan-system.svc:8443${path}`,
              sendResolved: true,
              httpConfig: {
                authorization: { credentials: { name: "pahlevan-signals", key: "token" } },
                tlsConfig: { ca: { secret: { name: "pahlevan-signals", key: "ca.crt" } } },
              },
            },
          ],
        },
      ],
    },
  };
  const own: Comment = [
    ["spec", "route"],
    "An operator adds the matcher namespace=pahlevan-system by itself, and no workload's alert has " +
      "it: the Alertmanager resource needs alertmanagerConfigMatcherStrategy: {type: None}.",
  ];
  return yaml(manifest, [
    own,
    [["spec", "route", "routes", 0], why.heartbeat],
    [["spec", "route", "routes", 1], why.levers.replace(/ continue:.*/, "")],
  ]);
}

const routeComments: readonly Comment[] = [
  [["route", "routes", 0], why.heartbeat],
  [["route", "routes", 1], why.levers],
  [["route", "routes", 2], why.quiet],
  [["route", "routes", 3], why.rest],
  [["receivers", 0], why.receiver],
];

function snake({ groupWait, groupInterval, repeatInterval }: typeof pulse) {
  return {
    group_wait: groupWait,
    group_interval: groupInterval,
    repeat_interval: repeatInterval,
  };
}
