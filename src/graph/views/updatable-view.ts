import type { Node } from '@pgsql/types';
import { fieldsOf } from '../../sql/nodes.ts';
import { givesOneValue } from '../binding/questions/one-value.ts';
import type { EntityOf } from '../entities/index.ts';
import type { SchemaGraph } from '../schema-graph.ts';

/**
 * The table to which a view passes on INSERT, UPDATE and DELETE by itself: it selects a plain column of that one table at least,
 * with nothing but a WHERE; computed columns beside it are read-only, aggregates and functions that return sets are not allowed
 * (view_query_is_auto_updatable(), src/backend/rewrite/rewriteHandler.c). A view that calls what is not known is left out.
 */
export function updatableTable(graph: SchemaGraph, view: EntityOf<'view'>): EntityOf<'table'> | undefined {
  const select = fieldsOf(view.query.tree, 'SelectStmt');
  if (select === undefined) return undefined;
  const { distinctClause, groupClause, havingClause, valuesLists, limitCount, limitOffset, withClause, op } = select;
  const parts = [
    distinctClause,
    groupClause,
    valuesLists,
    havingClause,
    limitCount,
    limitOffset,
    withClause,
    select.larg,
  ];
  if (parts.some((each) => each !== undefined) || (op !== undefined && op !== 'SETOP_NONE')) return undefined;
  const [source, ...others] = select.fromClause ?? [];
  const range = fieldsOf(source, 'RangeVar');
  const targets = select.targetList ?? [];
  if (range === undefined || others.length > 0 || !targets.some(isPlainColumn)) return undefined;
  if (!targets.every((each) => givesOneValue(each, view.query))) return undefined;
  const meaning = view.query.meanings.get(range);
  const relation =
    meaning?.kind === 'source' && meaning.relation !== undefined ? graph.find(meaning.relation) : undefined;
  return relation?.kind === 'table' ? relation : undefined;
}

function isPlainColumn(target: Node): boolean {
  const value = fieldsOf(target, 'ResTarget')?.val;
  return value !== undefined && 'ColumnRef' in value;
}
