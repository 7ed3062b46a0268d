import { fieldsOf, stringsOf } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import type { EntityOf } from '../entities/index.ts';
import { isTriggerFunction } from '../privileges/api-calls.ts';
import { writesTo } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/**
 * What triggers of other tables keep in this one: `changes` how a row was (they write OLD or TG_OP), `rows` what comes in, as a
 * list of what was played does.
 */
export function writtenByTriggers(graph: SchemaGraph, table: EntityOf<'table'>): 'nothing' | 'rows' | 'changes' {
  const writes = writesTo(graph, table.id).filter(
    ({ holder }) => holder.kind === 'function' && isTriggerFunction(holder),
  );
  if (writes.length === 0) return 'nothing';
  const isOfChanges = writes.some(({ query }) =>
    anyNode(query.node, (node) => OF_CHANGES.has(stringsOf(fieldsOf(node, 'ColumnRef')?.fields)[0] ?? '')),
  );
  return isOfChanges ? 'changes' : 'rows';
}

const OF_CHANGES: ReadonlySet<string> = new Set(['old', 'tg_op']);
