/** The profiles of this host's workloads, each a document (core/profile/document.ts). */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { learnedFacets, type LearnedFacet } from "@pahlevan/core/behaviour/behaviour.ts";
import { readProfile, writeProfile } from "@pahlevan/core/profile/document.ts";
import { mergeProfiles, type Profile } from "@pahlevan/core/profile/profile.ts";
import { numberIn, textIn } from "./columns.ts";
import { reasonOf, StoreError } from "./error.ts";
import { atOnce } from "./transaction.ts";
import { workloadText, type WorkloadName } from "./workload-name.ts";

/** Workloads that are kept; who makes up more names is told so. */
const profileLimit = 4_096;

export interface StoredProfile extends WorkloadName {
  readonly profile: Profile;
  /** What the kernel that it was last learned on does not show. */
  readonly blind: ReadonlySet<LearnedFacet>;
  readonly savedMs: number;
  /** Grows with every change of any profile. */
  readonly revision: number;
}

export interface Merging {
  readonly profile: Profile;
  readonly blind: ReadonlySet<LearnedFacet>;
  readonly nowMs: number;
  /** The revision that `profile` has grown from; absent: none. */
  readonly since?: number;
}

export type Merged =
  | { readonly profile: Profile; readonly revision: number }
  /** Somebody told the store to forget it since then: nothing was written. */
  | { readonly forgotten: true };

export class Profiles {
  readonly #database: DatabaseSync;
  readonly #read: StatementSync;
  readonly #revision: StatementSync;
  readonly #write: StatementSync;
  readonly #count: StatementSync;
  readonly #next: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#read = database.prepare("SELECT * FROM profiles WHERE namespace = ? AND workload = ?");
    this.#revision = database.prepare(
      "SELECT revision FROM profiles WHERE namespace = ? AND workload = ?",
    );
    this.#write = database.prepare(
      `INSERT INTO profiles VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
         document = excluded.document, blind = excluded.blind,
         revision = excluded.revision, saved_ms = excluded.saved_ms`,
    );
    this.#count = database.prepare("SELECT count(*) AS profiles FROM profiles");
    this.#next = database.prepare("UPDATE revisions SET last = last + 1 RETURNING last");
  }

  names(): WorkloadName[] {
    return this.#database
      .prepare("SELECT namespace, workload FROM profiles ORDER BY namespace, workload")
      .all()
      .map((row) => ({ namespace: textIn(row, "namespace"), workload: textIn(row, "workload") }));
  }

  /** Throws where the document is none that this release can read. */
  read(name: WorkloadName): StoredProfile | undefined {
    const row = this.#row(name);
    if (row === undefined) return undefined;
    const { namespace, workload } = name;
    return {
      namespace,
      workload,
      profile: profileIn(name, textIn(row, "document")),
      blind: blindIn(textIn(row, "blind")),
      savedMs: numberIn(row, "saved_ms"),
      revision: numberIn(row, "revision"),
    };
  }

  /** That of `read`, without reading it. */
  revisionOf(name: WorkloadName): number | undefined {
    const row = this.#revision.get(name.namespace, name.workload);
    return row && numberIn(row, "revision");
  }

  /** What is stored and what is given, together: others may have written meanwhile. */
  merge(name: WorkloadName, { profile, blind, nowMs, since }: Merging): Merged {
    return atOnce(this.#database, () => {
      const row = this.#row(name);
      const isAnother = since !== undefined && (row === undefined || numberIn(row, "born") > since);
      if (isAnother) return { forgotten: true };
      const isSame = row !== undefined && numberIn(row, "revision") === since;
      const merged =
        row === undefined || isSame
          ? profile
          : mergeProfiles(profileIn(name, textIn(row, "document")), profile);
      if (row === undefined) this.#expectRoom();
      const revision = this.#nextRevision();
      const { namespace, workload } = name;
      const document = JSON.stringify(writeProfile(merged));
      this.#write.run(namespace, workload, document, [...blind].join(), revision, revision, nowMs);
      return { profile: merged, revision };
    });
  }

  /** False where there is none. */
  forget({ namespace, workload }: WorkloadName): boolean {
    const { changes } = this.#database
      .prepare("DELETE FROM profiles WHERE namespace = ? AND workload = ?")
      .run(namespace, workload);
    return changes > 0;
  }

  #row({ namespace, workload }: WorkloadName) {
    return this.#read.get(namespace, workload);
  }

  #nextRevision(): number {
    const row = this.#next.get();
    if (row === undefined) throw new StoreError("the store has lost its count of revisions");
    return numberIn(row, "last");
  }

  #expectRoom(): void {
    const row = this.#count.get();
    if (row === undefined || numberIn(row, "profiles") < profileLimit) return;
    throw new StoreError(
      `the store has profiles of ${profileLimit} workloads and takes no more: ` +
        "'pahlevan profile list' shows them, 'pahlevan profile forget NAME' makes room",
    );
  }
}

function profileIn(name: WorkloadName, document: string): Profile {
  const read = readProfile(parsed(document));
  if ("profile" in read) return read.profile;
  const text = workloadText(name);
  throw new StoreError(
    `the stored profile of ${text} cannot be used, and was left as it is: ${read.error} ` +
      `('pahlevan profile forget ${text}' removes it)`,
  );
}

/** What is no JSON is no profile either, and `readProfile` says so. */
function parsed(document: string): unknown {
  try {
    return JSON.parse(document);
  } catch (error) {
    return reasonOf(error);
  }
}

function blindIn(text: string): ReadonlySet<LearnedFacet> {
  const words = text.split(",");
  return new Set(learnedFacets.filter((facet) => words.includes(facet)));
}
