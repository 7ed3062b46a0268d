import type { QualifiedName } from '../../sql/name.ts';
import type { EntityId } from '../entity-id.ts';
import type { TypeRef } from '../types/type-ref.ts';

export interface BoundColumn {
  /** Absent for what is no entity of the graph: a system catalog's column, an attribute of a built-in type. */
  readonly id?: EntityId | undefined;
  readonly name: string;
  /** Absent where it is not known; nothing is then concluded from it. */
  readonly type?: TypeRef | undefined;
}

/** A table, view, materialized view, foreign table or sequence as names find it. */
export interface BoundRelation {
  readonly id?: EntityId | undefined;
  readonly name: QualifiedName;
  readonly columns: readonly BoundColumn[];
  /** False for an assumed relation: any column may exist besides the listed ones. */
  readonly columnsKnown: boolean;
}

export interface BoundArgument {
  readonly name?: string | undefined;
  readonly type?: TypeRef | undefined;
  /** The last one only; its type is the array (or "any"). */
  readonly variadic?: boolean | undefined;
}

export interface BoundFunction {
  readonly id?: EntityId | undefined;
  readonly name: QualifiedName;
  readonly kind: 'function' | 'procedure' | 'aggregate' | 'window';
  /** Input arguments (IN, INOUT, VARIADIC) in order. */
  readonly arguments: readonly BoundArgument[];
  /** How many of the last arguments have a default. */
  readonly defaults: number;
  readonly returns?: TypeRef | undefined;
  readonly returnsSet: boolean;
  /** OUT, INOUT and TABLE columns, where there are any. */
  readonly columns?: readonly BoundColumn[] | undefined;
  readonly volatility?: 'immutable' | 'stable' | 'volatile' | undefined;
}

/** A type that is not built in: the user's, the platform's, or an extension's. */
export interface BoundType {
  readonly id?: EntityId | undefined;
  readonly name: QualifiedName;
  /** `unknown` for a type that is only known by name. */
  readonly kind: 'base' | 'enum' | 'domain' | 'composite' | 'range' | 'unknown';
  /** A domain's underlying type, a range's subtype. */
  readonly base?: TypeRef | undefined;
  /** A composite type's attributes. */
  readonly columns?: readonly BoundColumn[] | undefined;
}

/**
 * What names mean at one moment. With `schema` undefined, the implementation applies the search_path in force.
 * The built-in functions, operators and types of pg_catalog need not be answered: the binder knows them.
 */
export interface NameSource {
  relation(schema: string | undefined, name: string): BoundRelation | undefined;
  /** All overloads, in search_path order. */
  functions(schema: string | undefined, name: string): readonly BoundFunction[];
  /** Not for the row types of relations: those are found by `relation`. */
  type(schema: string | undefined, name: string): BoundType | undefined;
}
