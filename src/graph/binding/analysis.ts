import type { Node } from '@pgsql/types';
import type { EntityId } from '../entity-id.ts';
import type { TypeRef } from '../type-ref.ts';
import type { Binding, Meaning, NameReference, UnresolvedName } from './binding.ts';
import type { BoundSourceColumn, Level } from './level.ts';
import type { NameSource } from './name-source.ts';

/** A function's parameter or a PL/pgSQL variable, as an expression inside the function can name it. */
export interface Variable {
  /** Absent for an unnamed parameter, which only `$1` finds. */
  readonly name?: string | undefined;
  readonly type?: TypeRef | undefined;
}

export interface Variables {
  /** In parameter order, so that `$1` is the first. PL/pgSQL variables follow. */
  readonly list: readonly Variable[];
  /** Qualifiers of variables: the function's name, block labels, record variables' own names need not be listed. */
  readonly qualifiers?: readonly string[] | undefined;
  /** What an unqualified name means that is both: SQL functions say `column`, PL/pgSQL raises an error unless told otherwise. */
  readonly conflict: 'column' | 'variable' | 'error';
}

export interface QueryColumns {
  readonly columns: readonly BoundSourceColumn[];
  readonly columnsKnown: boolean;
}

/** What one walk over a tree knows and writes down. The functions of this folder pass it along. */
export interface Analysis {
  readonly names: NameSource;
  readonly variables: Variables | undefined;
  readonly results: Results;
  /** Binds an expression and returns its type, where it can be derived. */
  expression(node: Node | undefined, level: Level): TypeRef | undefined;
  /** Binds a query (SELECT, VALUES, or a data-modifying statement with RETURNING) below `parent`. */
  query(node: Node, parent: Level | undefined): QueryColumns;
  /** The same analysis with results of its own: to know a recursive query's columns before it is bound. */
  dryRun(): Analysis;
}

/** The collected facts, keyed by the parser's inner nodes. */
export class Results implements Binding {
  readonly references: NameReference[] = [];
  readonly unresolved: UnresolvedName[] = [];
  readonly meanings = new Map<object, Meaning>();
  readonly types = new Map<object, TypeRef>();
  readonly coercions = new Map<object, TypeRef>();

  /** Records a name that stands for an entity; built-in objects have no id and nothing to follow. */
  refer(
    node: object,
    kind: NameReference['kind'],
    target: EntityId | undefined,
    more: Partial<Pick<NameReference, 'relation' | 'field' | 'qualifier' | 'level' | 'isOuter'>> = {},
  ): void {
    if (target === undefined) return;
    this.references.push({ node, kind, target, field: 0, level: 0, isOuter: false, ...more });
  }

  /** The type an expression gets from its context, if it has another one (or none yet, for an untyped literal). */
  coerce(node: Node | undefined, to: TypeRef | undefined): void {
    const inner = innerNode(node);
    const own = inner && this.types.get(inner);
    if (!inner || !to || !own || to === own) return;
    this.coercions.set(inner, to);
    if (to.entity !== own.entity) this.refer(inner, 'type', to.entity, { field: -1 });
  }
}

/** `{ ColumnRef: {…} }` → `{…}`: the object that facts are kept by. */
export function innerNode(node: Node | undefined): object | undefined {
  if (!node) return undefined;
  const [inner] = Object.values(node) as object[];
  return inner;
}
