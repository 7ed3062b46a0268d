import type { Meaning } from '../../../graph/binding/binding.ts';
import type { BoundExpression } from '../../../graph/bound-expression.ts';
import type { EntityId } from '../../../graph/entity-id.ts';
import type { SchemaGraph } from '../../../graph/schema-graph.ts';

/** What stands for what in another table: the relation itself and its columns, by name. */
export type Counterparts = ReadonlyMap<EntityId, EntityId>;

/** The columns of `to` that have the names of columns of `from` (a partition's, a child's, those of CREATE TABLE … LIKE). */
export function counterparts(graph: SchemaGraph, from: EntityId, to: EntityId): Counterparts {
  const map = new Map<EntityId, EntityId>([[from, to]]);
  for (const column of graph.columns(from)) {
    const other = graph.column(to, column.name);
    if (other) map.set(column.id, other.id);
  }
  return map;
}

/** The same expression about another table: map_variable_attnos(), as Postgres copies checks, index keys and defaults. */
export function carried<E extends BoundExpression | null>(expression: E, to: Counterparts): E {
  if (expression === null) return expression;
  const moved = <I extends EntityId | undefined>(id: I): I => (id === undefined ? id : ((to.get(id) ?? id) as I));
  return {
    ...expression,
    references: expression.references.map((each) => ({
      ...each,
      target: moved(each.target),
      ...(each.relation === undefined ? {} : { relation: moved(each.relation) }),
    })),
    meanings: new Map([...expression.meanings].map(([node, meaning]) => [node, movedMeaning(meaning, moved)])),
  };
}

function movedMeaning(meaning: Meaning, moved: (id: EntityId | undefined) => EntityId | undefined): Meaning {
  switch (meaning.kind) {
    case 'column':
      return { ...meaning, column: moved(meaning.column), relation: moved(meaning.relation) };
    case 'row':
    case 'source':
      return { ...meaning, relation: moved(meaning.relation) };
    case 'star':
      return {
        ...meaning,
        columns: meaning.columns.map((each) => ({
          ...each,
          column: moved(each.column),
          relation: moved(each.relation),
        })),
      };
    default:
      return meaning;
  }
}
