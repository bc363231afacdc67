/**
 * What the compiler asks of a profile: its behaviours and generalisations, one need each. Nothing
 * else of a profile matters here, so that core/profile can change as it likes.
 */
import type { FileAccess, NetworkOperation } from "../../behaviour/behaviour.ts";
import type { Distance } from "../../behaviour/distance.ts";
import type { PlainFacet } from "./act.ts";
import type { Segments } from "./compiled.ts";

export type Need =
  | { readonly facet: "exec"; readonly path: string; readonly script?: string }
  | { readonly facet: "file"; readonly access: FileAccess; readonly path: string }
  | {
      readonly facet: "file";
      readonly access: FileAccess;
      readonly pattern: Segments;
      /** A person allowed wildcards there: what is guarded (guarded.ts) is not left out. */
      readonly evenGuarded?: true;
    }
  | {
      readonly facet: "network";
      readonly operation: NetworkOperation;
      readonly protocol: string;
      readonly to: Reached;
      /** First and last. */
      readonly ports: readonly [number, number];
    }
  | {
      readonly facet: "network";
      readonly operation: NetworkOperation;
      readonly protocol: "unix";
      readonly path: string;
    }
  | { readonly facet: "syscall"; readonly name: string; readonly compat?: true }
  | { readonly facet: "capability"; readonly name: string }
  | { readonly facet: PlainFacet; readonly object: string };

/** Of connect and send: the peer. Of bind and listen: one's own. Of accept: how far the peer is. */
export type Reached =
  /** An address alone, or a range of them. */
  | { readonly kind: "range"; readonly range: string }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "distance"; readonly distance: Distance };

export interface Learned {
  readonly need: Need;
  /** Seen only while instances started: allowed only then. */
  readonly startOnly?: true;
}

/** Let through by a person or by the loop, though neither the policy nor the profile holds it. */
export interface Admitted extends Learned {
  readonly reason: string;
  /** Absent: never. */
  readonly expiresMs?: number;
}
