import { fieldsOf } from '../../sql/nodes.ts';
import { askedOnce } from '../asked-once.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { addTo } from '../grouping.ts';
import { NULL } from '../query-shapes/query.ts';
import { queriesInSchema, writesTo } from '../query-shapes/schema-queries.ts';
import { columnsSetByTriggers } from '../query-shapes/trigger-columns.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/**
 * The columns into which functions of the schema write NULL with a new row: they give the word, or leave out a column that has no
 * default and that no trigger fills before the row is checked, with these functions. NOT NULL would make them fail (23502).
 */
export const nullsInInserts = askedOnce(
  (graph: SchemaGraph): ReadonlyMap<EntityId, readonly EntityOf<'function'>[]> => {
    const found = new Map<EntityId, EntityOf<'function'>[]>();
    for (const { holder, query } of queriesInSchema(graph)) {
      if (holder.kind !== 'function' || fieldsOf(query.node, 'InsertStmt')?.cols === undefined) continue;
      for (const { kind, relation, sets } of query.writes) {
        const table = kind === 'insert' && relation !== null ? graph.find(relation) : undefined;
        if (table?.kind !== 'table') continue;
        const filled = new Set(columnsSetByTriggers(graph, table.id, 'insert').sets.map(({ column }) => column));
        for (const { id, default: ownDefault, identity, generated } of graph.columns(table.id)) {
          if (filled.has(id) || identity !== null || generated !== null) continue;
          const set = sets.find(({ column }) => column === id);
          if (set === undefined ? ownDefault === null : set.constant === NULL) addTo(found, id, holder);
        }
      }
    }
    return found;
  },
);

/** Does a function of the schema give the column a value by an UPDATE, of a row that had none perhaps: an invitation that somebody takes up? */
export function isFilledByUpdate(graph: SchemaGraph, { id, relation }: EntityOf<'column'>): boolean {
  return writesTo(graph, relation).some(
    ({ holder, write }) =>
      holder.kind === 'function' &&
      write.kind === 'update' &&
      write.sets.some(({ column, constant }) => column === id && constant !== NULL),
  );
}
