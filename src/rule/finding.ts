import type { Origin } from '../graph/origin.ts';
import type { SourceLocation } from '../sql/location.ts';
import type { Category, Confidence, Severity } from './severity.ts';

/** New SQL to run next, never an edit of a migration that has run. */
export interface Fix {
  readonly title: string;
  /** Runs as it stands. */
  readonly sql: string;
  /** `safe`: changes no behaviour that anyone relies on; `review`: read it first (locks, meaning); `destructive`: data or access is lost. */
  readonly safety: 'safe' | 'review' | 'destructive';
}

/** Another line that matters for a finding. */
export interface RelatedPlace {
  /** Why it matters: "the other index", "row security turned off here". */
  readonly note: string;
  readonly at: SourceLocation;
  /** What is told of stands here too: one finding is about several places. */
  readonly isAnother?: true;
}

/** The line that made something, where a file did. */
export function relatedAt({ origin }: { readonly origin: Origin }, note: string): readonly RelatedPlace[] {
  return origin.from === 'statement' ? [{ note, at: origin.at }] : [];
}

/** Where the same stands once more, which the finding is about as well. */
export function anotherAt(entity: { readonly origin: Origin }, note: string): readonly RelatedPlace[] {
  return relatedAt(entity, note).map((each) => ({ ...each, isAnother: true }));
}

export interface Finding {
  readonly ruleId: string;
  readonly messageId: string;
  readonly category: Category;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly message: string;
  /** What it is about: the kind in our words (table, policy, foreignKey, migration, statement …) and the name people know. */
  readonly object: { readonly kind: string; readonly name: string };
  readonly origin: Origin;
  readonly related: readonly RelatedPlace[];
  readonly fix: Fix | null;
  /** Stable over line moves: rule, message id and object, with a counter where these repeat. */
  readonly fingerprint: string;
  /** The peer checks this rule replaces, as `splinter:0013`, `squawk:ban-drop-column`. */
  readonly equivalents: readonly string[];
}
