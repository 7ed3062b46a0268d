import type { QualifiedName } from '../../sql/name.ts';
import { quoteIdentifier } from '../../sql/name.ts';
import type { EntityOf } from '../entities/index.ts';
import type { IndexKey } from '../entities/index-entity.ts';
import type { EntityId } from '../entity-id.ts';
import { sameExpression } from '../same-expression.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/** Do the keys hold the same values in the same order? */
export function sameKey(a: IndexKey, b: IndexKey): boolean {
  return (
    sameValue(a, b) &&
    sameName(a.opclass, b.opclass) &&
    a.descending === b.descending &&
    a.nullsFirst === b.nullsFirst &&
    a.opclassOptions.length === b.opclassOptions.length &&
    a.opclassOptions.every(
      ({ name, value }, i) => b.opclassOptions[i]?.name === name && b.opclassOptions[i]?.value === value,
    )
  );
}

/**
 * Do the first of these keys hold the values of all of those, in the same order (`same`), or in the order in which a scan
 * backwards meets them (`mirrored`)?
 */
export function keysAlike(keys: readonly IndexKey[], others: readonly IndexKey[]): 'same' | 'mirrored' | undefined {
  // Most indexes of a table differ in their first value already.
  if (!keys.every((key, i) => others[i] !== undefined && sameValue(key, others[i]))) return undefined;
  if (keys.every((key, i) => others[i] !== undefined && sameKey(key, others[i]))) return 'same';
  return keys.every((key, i) => others[i] !== undefined && sameKey(turned(key), others[i])) ? 'mirrored' : undefined;
}

function turned(key: IndexKey): IndexKey {
  return { ...key, descending: !key.descending, nullsFirst: !key.nullsFirst };
}

/** The same column or expression, under the same collation. */
export function sameValue(a: IndexKey, b: IndexKey): boolean {
  return a.column === b.column && sameName(a.collation, b.collation) && sameExpression(a.expression, b.expression);
}

function sameName(a: QualifiedName | null, b: QualifiedName | null): boolean {
  return a === null || b === null ? a === b : a.name === b.name && a.schema === b.schema;
}

/** The keys as people write them: `(tenant_id, lower(email), created_at desc)`. */
export function keysText(graph: SchemaGraph, { keys }: Pick<EntityOf<'index'>, 'keys'>): string {
  const written = keys.map(({ column, expression, descending }) => {
    const value = column === null ? (expression?.text ?? '') : quoteIdentifier(graph.get('column', column).name);
    return descending ? `${value} desc` : value;
  });
  return `(${written.join(', ')})`;
}

/** Is the column by itself a unique key of its table, for every row? */
export function isUniqueAlone(graph: SchemaGraph, { relation, id }: EntityOf<'column'>): boolean {
  return graph.ownedBy(relation, 'index').some(({ isUnique, predicate, keys: [only, another] }) => {
    return isUnique && predicate === null && another === undefined && only?.column === id;
  });
}

/** In whatever unique index, alone or with others, as it is or in an expression. */
export function isInUniqueKey(column: EntityOf<'column'>, graph: SchemaGraph): boolean {
  return graph
    .dependentsOfKind(column.id, 'index')
    .some(
      (index) =>
        index.isUnique &&
        index.keys.some(
          (key) => key.column === column.id || key.expression?.references.some(({ target }) => target === column.id),
        ),
    );
}

/** Has the relation a unique key, for every row, of nothing but these columns: is there one row at most that has given values in them? */
export function hasUniqueKeyOf(graph: SchemaGraph, relation: EntityId, columns: ReadonlySet<EntityId>): boolean {
  return graph.ownedBy(relation, 'index').some(({ isUnique, predicate, keys }) => {
    return isUnique && predicate === null && keys.every(({ column }) => column !== null && columns.has(column));
  });
}

/** The same where a key that holds for some rows alone is taken for one that holds for those that are asked for. */
export function mayHaveUniqueKeyOf(graph: SchemaGraph, relation: EntityId, columns: ReadonlySet<EntityId>): boolean {
  return graph.ownedBy(relation, 'index').some(({ isUnique, keys }) => {
    return isUnique && keys.every(({ column }) => column !== null && columns.has(column));
  });
}

/** Does more than its queries rest on the index: a constraint's rule, a foreign key that refers to it, the replica identity? */
export function isRestedOn(graph: SchemaGraph, index: EntityOf<'index'>): boolean {
  const relation = graph.find(index.relation);
  const identity = relation?.kind === 'table' ? relation.replicaIdentity : 'default';
  if (typeof identity === 'object' && identity.index === index.id) return true;
  return graph.dependentsOfKind(index.id, 'foreignKey').some((each) => each.referencedIndex === index.id);
}
