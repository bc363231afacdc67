/** Who sends, as Datadog names it: host, service, and the tags that all parts have in common. */
import type { Around } from "../sink.ts";
import { eachOnce, tagOf, tagsOf } from "./tags.ts";

export interface Sender {
  readonly host: string;
  readonly service: string;
  /** env, service and version (unified service tagging), the cluster, and those of the settings. */
  readonly tags: readonly string[];
}

export interface SenderSettings {
  readonly env: string;
  readonly service: string;
  readonly version: string;
  readonly tags: readonly string[];
}

export function senderOf(settings: SenderSettings, around: Around): Sender {
  const { env, service } = settings;
  const version = settings.version || around.version;
  const { cluster } = around;
  return {
    host: around.host,
    service,
    tags: eachOnce(
      tagsOf({ env, service, version, cluster, kube_cluster_name: cluster }),
      settings.tags.map(tagOf),
    ),
  };
}
