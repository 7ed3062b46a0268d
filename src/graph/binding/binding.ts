import type { Node } from '@pgsql/types';
import type { EntityId } from '../entity-id.ts';
import type { TypeRef } from '../types/type-ref.ts';
import type { BoundFunction } from './name-source.ts';
import type { TypeClash } from './type-clash.ts';

export type ReferenceKind = 'relation' | 'column' | 'function' | 'type';

/** One name in a tree that stands for an entity: what a rename has to follow and a drop has to look at. */
export interface NameReference {
  /** The inner object that holds the name: ColumnRef, RangeVar, FuncCall, TypeName, ResTarget, String (USING), A_Const ('t'::regclass). */
  readonly node: object;
  readonly kind: ReferenceKind;
  readonly target: EntityId;
  /** For columns: the relation they belong to. */
  readonly relation?: EntityId | undefined;
  /** Index of the name in ColumnRef.fields, FuncCall.funcname, TypeName.names; 0 elsewhere. -1: it comes from a star. */
  readonly field: number;
  /** Index in ColumnRef.fields of the relation's own name, where the column is qualified by it and not by an alias. */
  readonly qualifier?: number | undefined;
  /** How many query levels up the source relation stands; 0 is the query the name is in. */
  readonly level: number;
  /** True when the name stands for the row of the policy, check, default, index or trigger itself. */
  readonly isOuter: boolean;
}

export interface UnresolvedName {
  readonly kind: ReferenceKind;
  readonly schema?: string | undefined;
  readonly name: string;
  readonly node: object;
  /**
   * `unknown`: Postgres would not find it either. `undetermined`: it may be a column of something whose columns are not known
   * (with an empty name: what is nested too deep to be bound).
   * `ambiguous`: several things fit (for functions, see `candidates`).
   */
  readonly reason: 'unknown' | 'undetermined' | 'ambiguous';
  /** For columns: the one relation they must belong to, if the statement is valid. */
  readonly relation?: EntityId | undefined;
  readonly candidates?: readonly EntityId[] | undefined;
  /** For what stands before a dot: the query names it, but where this name cannot mean it (an alias hides it). */
  readonly isHidden?: boolean | undefined;
}

/** A column of something in FROM, or of the target row. */
export interface ColumnMeaning {
  readonly kind: 'column';
  readonly name: string;
  /** The entity it comes from, through any number of subselects that only pass it on. Absent for computed columns. */
  readonly column?: EntityId | undefined;
  readonly relation?: EntityId | undefined;
  readonly type?: TypeRef | undefined;
  /** Query levels up. */
  readonly level: number;
  /** Which entry of that level's range table, counted from 0 in the order of FROM. */
  readonly source: number;
  /** Position in the entry's columns, from 0; -1 where they are not all known. */
  readonly index: number;
  /** Whether this entry is the relation itself, not a subselect or CTE that passes the column on. */
  readonly isDirect: boolean;
  readonly isOuter: boolean;
}

export type Meaning =
  | ColumnMeaning
  /** A whole row (`t`, `t.*` in an expression). */
  | {
      readonly kind: 'row';
      readonly relation?: EntityId | undefined;
      readonly level: number;
      readonly source: number;
      readonly isOuter: boolean;
    }
  /** A star in a target list, fixed to what it was when the query was bound; the columns of an INSERT that names none. */
  | { readonly kind: 'star'; readonly columns: readonly ColumnMeaning[]; readonly isComplete: boolean }
  /** The columns that `(row).*` stands for in a target list, by their names. */
  | { readonly kind: 'fields'; readonly names: readonly string[] }
  /** ORDER BY, GROUP BY or DISTINCT ON by an output column, counted from 0. */
  | { readonly kind: 'output'; readonly index: number }
  /** Functional notation: `t.f` for f(t). */
  | { readonly kind: 'method'; readonly function: BoundFunction; readonly level: number; readonly source: number }
  /** A function's parameter or a PL/pgSQL variable. */
  | { readonly kind: 'variable'; readonly name: string }
  /**
   * IN and BETWEEN: what is compared as one array and what by itself, and the type the left side is coerced to in each
   * comparison, the array's first.
   */
  | {
      readonly kind: 'comparisons';
      readonly array?: readonly Node[] | undefined;
      /** What the array's elements are coerced to. */
      readonly element?: TypeRef | undefined;
      readonly single: readonly Node[];
      readonly lefts: readonly (TypeRef | undefined)[];
    }
  /** A join with USING or NATURAL: the names of the columns it makes one of. */
  | { readonly kind: 'join'; readonly using: readonly string[] }
  /** A relation in FROM, or named by a regclass constant: the entity, a CTE of this query, or something unknown. */
  | { readonly kind: 'source'; readonly relation?: EntityId | undefined; readonly isCte: boolean }
  | {
      readonly kind: 'call';
      readonly function: BoundFunction;
      readonly argumentTypes: readonly (TypeRef | undefined)[];
    };

export interface Binding {
  readonly references: readonly NameReference[];
  readonly unresolved: readonly UnresolvedName[];
  /** What an inner node (ColumnRef, RangeVar, FuncCall) stands for. */
  readonly meanings: ReadonlyMap<object, Meaning>;
  /** The type of an expression, by its inner node; absent where it could not be derived. */
  readonly types: ReadonlyMap<object, TypeRef>;
  /** The type to which the context coerces an expression, by its inner node, where Postgres adds an implicit cast. */
  readonly coercions: ReadonlyMap<object, TypeRef>;
}

/** What one reading of a tree found, with what Postgres refuses in it. */
export interface CheckedBinding extends Binding {
  readonly clashes: readonly TypeClash[];
}

export interface OutputColumn {
  readonly name: string;
  readonly type?: TypeRef | undefined;
  /** Set where the column only passes on a column of a relation. */
  readonly source?: { readonly relation: EntityId; readonly column: EntityId } | undefined;
}

export interface QueryBinding extends CheckedBinding {
  readonly columns: readonly OutputColumn[];
  /** False when a star could not be expanded: there may be more columns than listed. */
  readonly columnsKnown: boolean;
}
