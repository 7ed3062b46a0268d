import type { Node } from '@pgsql/types';
import type { SourceLocation } from '../../sql/location.ts';
import type { Binding } from '../binding/binding.ts';
import type { EntityId } from '../entity-id.ts';

/** What a column is compared with. A column of the row around (a policy's, a trigger's NEW) counts as `column` too. */
export type Operand = 'constant' | 'variable' | 'column' | 'subselect' | 'expression';

/** The operator of an equality in which NULL is as good as a value; no index serves it. */
export const NOT_DISTINCT = 'is not distinct from';

/** The constant NULL, which is not the text 'null'. */
export const NULL: unique symbol = Symbol('NULL');

/** The text of a constant, or NULL. */
export type Constant = string | typeof NULL;

/** One condition on a column that every row of the source must pass: a part of WHERE, or of a join's ON, that AND connects. */
export interface ColumnTest {
  readonly column: EntityId;
  /**
   * `equal`: =, IS NOT DISTINCT FROM, a boolean by itself; `in`: IN, = ANY; `range`: <, <=, >, >= (BETWEEN is two);
   * `pattern`: LIKE, ILIKE, ~, SIMILAR TO; `search`: @@; `other`: any other operator (<>, @>, ? …).
   */
  readonly kind: 'equal' | 'in' | 'range' | 'isNull' | 'isNotNull' | 'pattern' | 'search' | 'other';
  /** As written with the column on the left: `>` for `5 < c`; `NOT_DISTINCT` also where it is written out with OR. */
  readonly operator: string;
  readonly against: Operand;
  /** Constants in the order written; empty where there are others too. Booleans are 'true' and 'false'. */
  readonly constants: readonly string[];
  /** The variable, as written (`job.id`), where it is compared with one alone. */
  readonly variable: string | null;
  /** The column itself (perhaps cast between kinds of text), so that an index on it can serve; not lower(c), c ->> 'x'. */
  readonly isBare: boolean;
  readonly at: SourceLocation | null;
}

/** A relation that a query reads by itself, not through a subselect, or that it writes. */
export interface QuerySource {
  readonly relation: EntityId;
  /** Its alias or name. */
  readonly name: string;
  /** What INSERT, UPDATE, DELETE or MERGE writes. */
  readonly isTarget: boolean;
  readonly tests: readonly ColumnTest[];
  readonly at: SourceLocation | null;
}

/** A column of a query's source that must equal one of another source, of the query around or of the row around. */
export interface ColumnJoin {
  readonly left: EntityId;
  readonly right: EntityId;
}

export interface OrderKey {
  /** Null where it is ordered by something else than a column of a source: see `distances`. */
  readonly column: EntityId | null;
  readonly relation: EntityId | null;
  readonly descending: boolean;
  /** As it works out: first is the default of DESC. */
  readonly nullsFirst: boolean;
  readonly at: SourceLocation | null;
}

/** A vector compared by distance (pgvector). */
export interface VectorDistance {
  readonly column: EntityId;
  /** `<->` L2, `<#>` inner product, `<=>` cosine, `<+>` L1, `<~>` Hamming, `<%>` Jaccard. */
  readonly operator: string;
  /** `order`: ORDER BY column <=> x, ascending, which alone an index can serve; else it is part of something computed. */
  readonly use: 'order' | 'computed';
  readonly at: SourceLocation | null;
}

export interface RowLock {
  readonly strength: 'update' | 'no key update' | 'share' | 'key share';
  readonly skipsLocked: boolean;
  readonly isNoWait: boolean;
}

export interface SetColumn {
  readonly name: string;
  readonly column: EntityId | null;
  /** Null for DEFAULT, and where several columns are set at once from one query. */
  readonly value: Node | null;
  readonly from: Operand | 'default';
  /** Where it is one constant: its text, or NULL. */
  readonly constant: Constant | null;
  /** The value is made from the row's own columns: `n = n + 1`. */
  readonly readsOwnRow: boolean;
}

export interface OnConflict {
  readonly action: 'nothing' | 'update';
  /** Of the inferred key; empty for ON CONSTRAINT and where none is named. */
  readonly columns: readonly EntityId[];
  readonly constraint: string | null;
  readonly sets: readonly SetColumn[];
}

export interface Write {
  readonly kind: 'insert' | 'update' | 'delete' | 'truncate';
  /** Null where nothing known has the name (a temporary table, one of another database). */
  readonly relation: EntityId | null;
  /** As written. */
  readonly name: string;
  readonly sets: readonly SetColumn[];
  readonly onConflict: OnConflict | null;
  readonly hasReturning: boolean;
  /** UPDATE or DELETE without a condition on which rows. */
  readonly isUnlimited: boolean;
  readonly at: SourceLocation | null;
}

/** One query level: a statement, or a SELECT inside one. */
export interface Query {
  readonly kind: 'select' | 'insert' | 'update' | 'delete' | 'merge' | 'truncate';
  /** Where it stands in what is around it; `value` of INSERT … SELECT. */
  readonly role: 'statement' | 'subselect' | 'with' | 'from' | 'arm' | 'value';
  readonly parent: Query | null;
  /** A subselect that is taken for one value: a second row is an error (21000). */
  readonly isScalar: boolean;
  readonly sources: readonly QuerySource[];
  /** The conditions of WHERE, or of a join's ON, that AND connects and that are no test of a column: OR, EXISTS, a join's USING left out. */
  readonly otherConditions: readonly Node[];
  readonly joins: readonly ColumnJoin[];
  readonly order: readonly OrderKey[];
  readonly limit: 'none' | 'constant' | 'variable';
  readonly groups: boolean;
  readonly isDistinct: boolean;
  readonly distances: readonly VectorDistance[];
  readonly lock: RowLock | null;
  /** In order; more than one for MERGE and TRUNCATE. */
  readonly writes: readonly Write[];
  /** Relations and columns that nothing known has the name of: what rests on all of its parts is not known then. */
  readonly unresolved: readonly string[];
  readonly node: Node;
  readonly binding: Binding;
  /** The whole statement it is (a part of), or its first word; null from a catalog. */
  readonly at: SourceLocation | null;
}
