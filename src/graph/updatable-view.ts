import { fieldsOf } from '../sql/nodes.ts';
import { walk } from '../sql/walk.ts';
import type { EntityOf } from './entities/index.ts';
import type { SchemaGraph } from './schema-graph.ts';

/**
 * The table to which a view passes on INSERT, UPDATE and DELETE by itself: it selects plain columns of that one table, with
 * nothing but a WHERE (view_query_is_auto_updatable(), src/backend/rewrite/rewriteHandler.c). Views whose columns are
 * computed are left out, although some of them are updatable too.
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
  if (range === undefined || others.length > 0 || isComputed(select.targetList ?? [])) return undefined;
  const meaning = view.query.meanings.get(range);
  const relation =
    meaning?.kind === 'source' && meaning.relation !== undefined ? graph.find(meaning.relation) : undefined;
  return relation?.kind === 'table' ? relation : undefined;
}

function isComputed(targets: Parameters<typeof walk>[0][]): boolean {
  let computed = false;
  for (const target of targets) {
    walk(target, (tag) => {
      computed ||= tag === 'FuncCall' || tag === 'SubLink';
      return computed ? 'stop' : undefined;
    });
  }
  return computed;
}
