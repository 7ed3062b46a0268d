import type { EntityKind } from '../graph/entities/index.ts';
import type { SourceLocation } from '../sql/location.ts';

/** One thing that the sides have differently. */
export interface DriftFact {
  /** The property: `rowSecurity`, `default`, `acl`. */
  readonly name: string;
  readonly left: string;
  readonly right: string;
}

/** One object that only one side has, or that the sides have differently. */
export interface Drifted {
  readonly kind: EntityKind;
  readonly name: string;
  readonly state: 'only-left' | 'only-right' | 'changed';
  /** Of what is changed. */
  readonly facts: readonly DriftFact[];
  /** Why it may be no drift: a statement that was not understood and may have made it so. */
  readonly doubt: { readonly what: string; readonly at: SourceLocation } | null;
  /** Where a file made it. */
  readonly at: SourceLocation | null;
  /** What to run on a side to make it like the other; null where nothing can be written that keeps every row. */
  readonly sql: { readonly onLeft: string | null; readonly onRight: string | null };
}

export interface DriftReport {
  readonly left: string;
  readonly right: string;
  /** Objects of the user's on either side. */
  readonly compared: number;
  readonly drifted: readonly Drifted[];
  /** All that can be written for a side, in an order in which it can be run; without what may be no drift. */
  readonly script: { readonly onLeft: string | null; readonly onRight: string | null };
  readonly notes: readonly string[];
  readonly notChecked: readonly string[];
  readonly texts: ReadonlyMap<string, string>;
}

/** What counts as drift: what cannot be explained by a statement that was not understood. */
export function certainOf({ drifted }: Pick<DriftReport, 'drifted'>): readonly Drifted[] {
  return drifted.filter(({ doubt }) => doubt === null);
}
