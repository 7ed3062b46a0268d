import type { Node } from '@pgsql/types';
import { innerOf } from '../../sql/nodes.ts';
import type { EntityId } from '../entity-id.ts';
import type { TypeRef } from '../types/type-ref.ts';
import type { CheckedBinding, Meaning, NameReference, UnresolvedName } from './binding.ts';
import type { BoundSourceColumn, Level } from './level.ts';
import type { NameSource } from './name-source.ts';
import type { TypeClash } from './type-clash.ts';

/** A function's parameter or a PL/pgSQL variable, as an expression inside the function can name it. */
export interface Variable {
  /** Absent for an unnamed parameter, which only `$1` finds. */
  readonly name?: string | undefined;
  readonly type?: TypeRef | undefined;
  /** Of a row: the types of its fields, as far as they are known. */
  readonly fields?: (() => ReadonlyMap<string, TypeRef>) | undefined;
  /** Not every body has it (tg_op, sqlstate): where a column is called so too, nothing is concluded. */
  readonly isPresumed?: boolean | undefined;
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
export class Results {
  readonly references: NameReference[] = [];
  readonly unresolved: UnresolvedName[] = [];
  readonly clashes: TypeClash[] = [];
  #meanings: Map<object, Meaning> | undefined;
  #types: Map<object, TypeRef> | undefined;
  #coercions: Map<object, TypeRef> | undefined;

  /** What was found. A map that stayed empty was never made: most expressions of a schema are constants and calls. */
  get binding(): CheckedBinding {
    const { references, unresolved, clashes } = this;
    const [meanings, types, coercions] = [this.#meanings ?? NONE, this.#types ?? NONE, this.#coercions ?? NONE];
    return { references, unresolved, clashes, meanings, types, coercions };
  }

  meaningOf(node: object): Meaning | undefined {
    return this.#meanings?.get(node);
  }

  typeOf(node: object): TypeRef | undefined {
    return this.#types?.get(node);
  }

  mean(node: object, meaning: Meaning): void {
    this.#meanings ??= new Map();
    this.#meanings.set(node, meaning);
  }

  giveType(node: object, type: TypeRef): void {
    this.#types ??= new Map();
    this.#types.set(node, type);
  }

  /** Records a name that stands for an entity; built-in objects have no id and nothing to follow. */
  refer(
    node: object,
    kind: NameReference['kind'],
    target: EntityId | undefined,
    more: Partial<Pick<NameReference, 'relation' | 'field' | 'qualifier' | 'level' | 'isOuter'>> = {},
  ): void {
    if (target === undefined) return;
    const { relation, field = 0, qualifier, level = 0, isOuter = false } = more;
    this.references.push({ node, kind, target, relation, field, qualifier, level, isOuter });
  }

  /** Notes what Postgres refuses; a node that stands for nothing says no place. */
  clash(clash: Omit<TypeClash, 'node'>, node: Node): void {
    const inner = innerNode(node);
    if (inner !== undefined) this.clashes.push({ ...clash, node: inner });
  }

  /** The type an expression gets from its context, if it has another one (or none yet, for an untyped literal). */
  coerce(node: Node | undefined, to: TypeRef | undefined): void {
    const inner = innerNode(node);
    const own = inner && this.typeOf(inner);
    if (!inner || !to || !own || to === own) return;
    this.#coercions ??= new Map();
    this.#coercions.set(inner, to);
    if (to.entity !== own.entity) this.refer(inner, 'type', to.entity, { field: -1 });
  }
}

const NONE: ReadonlyMap<object, never> = new Map<object, never>();

/** The inner object of a node that may be missing; undefined for the empty node by which the grammar says "none". */
export function innerNode(node: Node | undefined): object | undefined {
  if (node === undefined) return undefined;
  const inner = innerOf(node);
  return inner === node ? undefined : inner;
}
