import type { IndexElem, Node } from '@pgsql/types';
import { figureColumnName } from '../../../graph/binding/output-name.ts';
import type { BoundExpression } from '../../../graph/bound-expression.ts';
import type { EntityOf } from '../../../graph/entities/index.ts';
import type { IndexKey } from '../../../graph/entities/index-entity.ts';
import type { StorageOption } from '../../../graph/entities/table.ts';
import type { EntityId } from '../../../graph/entity-id.ts';
import type { Origin } from '../../../graph/origin.ts';
import type { SchemaGraph } from '../../../graph/schema-graph.ts';
import { sameType, type TypeRef } from '../../../graph/types/type-ref.ts';
import { type QualifiedName, sameName } from '../../../sql/name.ts';
import { fieldsOf } from '../../../sql/nodes.ts';
import type { ReplayContext } from '../context.ts';
import { type Counterparts, carried } from './carried-expression.ts';
import { refuseMutable } from './mutable-expression.ts';
import { chooseRelationName, indexColumnNames, joinedColumnNames } from './object-name.ts';
import { operatorClass } from './operator-class.ts';
import { byName, storageOptions } from './storage-options.ts';

type Index = EntityOf<'index'>;
export type Indexed = EntityOf<'table' | 'materializedView'>;

/** What an index is made of, apart from its name and place. */
export type IndexShape = Pick<
  Index,
  'method' | 'isUnique' | 'nullsNotDistinct' | 'keys' | 'include' | 'predicate' | 'options'
>;

/** Which word the generated name ends in: t_pkey, t_a_key, t_a_excl, t_a_idx. */
export type IndexRole = 'primary' | 'unique' | 'exclusion' | 'plain';

const LABELS: Readonly<Record<IndexRole, string>> = { primary: 'pkey', unique: 'key', exclusion: 'excl', plain: 'idx' };

export function indexKey(element: IndexElem, method: string, relation: Indexed, context: ReplayContext): IndexKey {
  const { expr, collated } = withoutCollate(element.expr);
  const name = element.name ?? columnName(expr);
  const named = name === undefined ? null : context.column(relation, name);
  const written = expr === undefined || named !== null ? null : indexExpression(expr, relation, context);
  const same = columnItself(written);
  const column = named ?? (same === null ? null : context.graph.get('column', same));
  const expression = column === null ? written : null;
  const type = column === null ? expressionType(expression) : (column.type ?? undefined);
  const descending = element.ordering === 'SORTBY_DESC';
  const asked = element.collation ?? collated;
  const collation = asked === undefined ? null : collationName(asked, context);
  return {
    column: column?.id ?? null,
    expression,
    opclass: operatorClass(element.opclass, method, type, context),
    opclassOptions: storageOptions(element.opclassopts),
    descending,
    nullsFirst:
      element.nulls_ordering === 'SORTBY_NULLS_FIRST' || (element.nulls_ordering !== 'SORTBY_NULLS_LAST' && descending),
    collation: collation !== null && isOwnCollation(collation, column) ? null : collation,
  };
}

/** ComputeIndexAttrs(): `(a COLLATE c)` is `a COLLATE c`, and a column in parentheses is just that column. */
function withoutCollate(expr: Node | undefined): { readonly expr: Node | undefined; readonly collated?: Node[] } {
  const clause = fieldsOf(expr, 'CollateClause');
  if (clause === undefined) return { expr };
  const inner = withoutCollate(clause.arg);
  return clause.collname === undefined ? inner : { expr: inner.expr, collated: clause.collname };
}

/** The column that an expression only casts to the type it has: Postgres leaves such a cast out, and indexes the column. */
export function columnItself(expression: BoundExpression | null): EntityId | null {
  if (expression === null) return null;
  const type = expressionType(expression);
  let node: Node | undefined = expression.tree;
  while (node !== undefined && 'TypeCast' in node) node = node.TypeCast.arg;
  const reference = fieldsOf(node, 'ColumnRef');
  const meaning = reference && expression.meanings.get(reference);
  if (meaning?.kind !== 'column' || meaning.column === undefined || type === undefined || !meaning.type) return null;
  return sameType(type, meaning.type) ? meaning.column : null;
}

function columnName(expr: Node | undefined): string | undefined {
  const fields = fieldsOf(expr, 'ColumnRef')?.fields ?? [];
  return fields.length === 1 ? fieldsOf(fields[0], 'String')?.sval : undefined;
}

function indexExpression(tree: Node, relation: Indexed, context: ReplayContext): BoundExpression {
  const expression = context.expression(tree, { relation });
  refuseMutable(expression, 'functions in index expression must be marked IMMUTABLE', context);
  return expression;
}

export function indexPredicate(
  tree: Node | undefined,
  relation: Indexed,
  context: ReplayContext,
): BoundExpression | null {
  if (tree === undefined) return null;
  const expression = context.expression(tree, { relation });
  refuseMutable(expression, 'functions in index predicate must be marked IMMUTABLE', context);
  return expression;
}

/** The type of a whole expression, where the binder could derive it. */
export function expressionType(expression: BoundExpression | null): TypeRef | undefined {
  if (expression === null) return undefined;
  const [inner] = Object.values(expression.tree) as object[];
  return inner === undefined ? undefined : expression.types.get(inner);
}

export function collationName(list: readonly Node[], context: ReplayContext): QualifiedName {
  const { schema, name } = context.nameOf(list);
  if (schema !== undefined) return { schema, name };
  for (const each of context.names.path()) {
    const own = context.graph.schemaObject('minorObject', { schema: each, name });
    if (own.some((object) => object.object === 'collation')) return { schema: each, name };
  }
  return { schema: 'pg_catalog', name };
}

function isOwnCollation(collation: QualifiedName, column: EntityOf<'column'> | null): boolean {
  return sameName(collation, column?.collation ?? { schema: 'pg_catalog', name: 'default' });
}

/** The columns of INCLUDE, which the grammar gives as index elements. */
export function includedColumns(
  list: readonly Node[] | undefined,
  relation: Indexed,
  context: ReplayContext,
): readonly EntityId[] {
  return (list ?? []).flatMap((each) => {
    const name = fieldsOf(each, 'IndexElem')?.name ?? fieldsOf(each, 'String')?.sval;
    if (name === undefined) context.refuse('expressions are not supported in included columns');
    return [context.column(relation, name).id];
  });
}

/** ChooseIndexName(): from the table and the attribute names of the index, included columns too. */
export function generatedIndexName(
  relation: Indexed,
  shape: Pick<IndexShape, 'keys' | 'include'>,
  role: IndexRole,
  context: ReplayContext,
): string {
  const { graph } = context;
  const { schema, name } = relation.name;
  if (role === 'primary') return chooseRelationName(context, schema, [name, null, 'pkey'], true);
  const attributes = [...shape.keys.map((key) => attributeName(key, graph)), ...graph.columnNames(shape.include)];
  const addition = joinedColumnNames(indexColumnNames(attributes));
  return chooseRelationName(context, schema, [name, addition, LABELS[role]], role !== 'plain');
}

function attributeName(key: IndexKey, graph: SchemaGraph): string {
  if (key.column !== null) return graph.get('column', key.column).name;
  const figured = key.expression === null ? '?column?' : figureColumnName(key.expression.tree);
  return figured === '?column?' ? 'expr' : figured;
}

export interface IndexPlace {
  readonly relation: Indexed;
  readonly name: QualifiedName;
  readonly constraint: EntityId | null;
  readonly parent: EntityId | null;
  readonly isValid: boolean;
  readonly origin: Origin;
}

export function createIndex(context: ReplayContext, shape: IndexShape, place: IndexPlace, id?: EntityId): Index {
  const { relation, ...rest } = place;
  return context.builder.create({ kind: 'index', relation: relation.id, ...shape, ...rest }, context.by, id);
}

/** The same index about another table: a partition's, or that of CREATE TABLE … LIKE. */
export function carriedShape(shape: IndexShape, to: Counterparts): IndexShape {
  const moved = (id: EntityId): EntityId => to.get(id) ?? id;
  return {
    method: shape.method,
    isUnique: shape.isUnique,
    nullsNotDistinct: shape.nullsNotDistinct,
    keys: shape.keys.map((key) => ({
      ...key,
      column: key.column === null ? null : moved(key.column),
      expression: carried(key.expression, to),
    })),
    include: shape.include.map(moved),
    predicate: carried(shape.predicate, to),
    options: shape.options,
  };
}

export function indexOptions(list: readonly Node[] | undefined): readonly StorageOption[] {
  return byName(storageOptions(list));
}
