/** Secrets that lie open in the policy, where everyone who may read it reads them. */
import { errorAt, warningAt, type Problem } from "../problem.ts";
import type { PahlevanPolicy } from "../schema/policy.ts";
import type { Secret } from "../values/secret.ts";

export function openSecrets({ observability, webhooks = [] }: PahlevanPolicy["spec"]): Problem[] {
  const at = (...path: (string | number)[]) => ["spec", "observability", ...path];
  const exporters = observability?.metrics?.exporters ?? [];
  const channels = observability?.alerting?.channels ?? [];
  return [
    ...exporters.flatMap(({ apiKey }, i) => key(at("metrics", "exporters", i, "apiKey"), apiKey)),
    ...channels.flatMap(({ type, url, routingKey }, i) => {
      const place = (field: string) => at("alerting", "channels", i, field);
      const open = type === "slack" ? key(place("url"), url) : [];
      return [...address(place("url"), url), ...open, ...key(place("routingKey"), routingKey)];
    }),
    ...webhooks.flatMap(({ url }, i) => address(["spec", "webhooks", i, "url"], url)),
  ];
}

function key(path: Problem["path"], secret: Secret | undefined): Problem[] {
  if (secret?.from !== "literal") return [];
  return [warningAt(path, "is a secret, written in the open; use ${NAME} or secretKeyRef")];
}

/** A literal has to be an address; what a name stands for is judged when it is known. */
function address(path: Problem["path"], secret: Secret | undefined): Problem[] {
  if (secret?.from !== "literal") return [];
  if (!/^https?:\/\/[^\s/?#]+\S*$/.test(secret.value)) {
    return [errorAt(path, "takes an http or https address, ${NAME} or secretKeyRef")];
  }
  const holdsPassword = /^https?:\/\/[^/?#@]*@/.test(secret.value);
  return holdsPassword ? [warningAt(path, "holds a password; use ${NAME} or secretKeyRef")] : [];
}
