/** A batch of records, sorted: which incidents it changes, and what else it tells. */
import { sortOf, type Outgoing } from "../record.ts";
import { severityOf, type Severity } from "../severity.ts";
import { fold, sayingOf } from "./fold.ts";
import { incidentKey, type Incident, type Place } from "./incident.ts";
import { nameOf } from "./words.ts";

export interface Draft {
  readonly incident: Incident;
  readonly records: readonly Outgoing[];
}

export interface NewsItem {
  readonly record: Outgoing;
  readonly says: string;
  readonly severity: Severity;
}

export interface Drafts {
  readonly incidents: readonly Draft[];
  readonly news: readonly NewsItem[];
  /** The sink's own reminders to look at all incidents. */
  readonly dues: readonly Outgoing[];
}

export interface Where extends Pick<Place, "cluster" | "host"> {
  readonly byHost: boolean;
}

export function draftsOf(
  batch: readonly Outgoing[],
  known: (key: string) => Incident | undefined,
  where: Where,
  nowMs: number,
): Drafts {
  const incidents = new Map<string, { incident: Incident; readonly records: Outgoing[] }>();
  const news: NewsItem[] = [];
  const dues: Outgoing[] = [];
  for (const record of batch) {
    const { line } = record;
    if (line.event === "pahlevan.loop.notice" && line.due) {
      dues.push(record);
      continue;
    }
    const { namespace, workload, policy } = line;
    const place = { cluster: where.cluster, host: where.host, namespace, workload, policy };
    const key = incidentKey(place, where.byHost);
    const draft = incidents.get(key);
    const incident = fold(draft?.incident ?? known(key), line, { ...place, key }, nowMs);
    if (draft && incident) {
      draft.incident = incident;
      draft.records.push(record);
    } else if (incident) incidents.set(key, { incident, records: [record] });
    else
      news.push({
        record,
        says: `${nameOf(line)}: ${sayingOf(line) ?? sortOf(line)}`,
        severity: severityOf(line),
      });
  }
  return { incidents: [...incidents.values()], news, dues };
}
