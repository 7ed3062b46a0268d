import type { CreateTableAsStmt, IntoClause, Node } from '@pgsql/types';
import type { OutputColumn } from '../../../graph/binding/binding.ts';
import { stringsOf } from '../../../sql/nodes.ts';
import type { ReplayContext } from '../context.ts';
import { putOthersLast } from '../relations/column-order.ts';
import { newRelationName, refuseTakenRelationName } from '../relations/new-relation.ts';
import { storageOptions } from '../relations/storage-options.ts';
import { collationOf } from '../relations/view-columns.ts';
import { createMaterializedView } from './create-materialized-view.ts';
import { persistenceOf } from './create-table.ts';

/** CREATE TABLE AS and CREATE MATERIALIZED VIEW, which share a node. */
export function createTableAs(node: CreateTableAsStmt, context: ReplayContext): void {
  if (node.objtype === 'OBJECT_MATVIEW') createMaterializedView(node, context);
  else if (node.into && node.query) createFromQuery(node.into, node.query, node.if_not_exists === true, context);
}

function createFromQuery(into: IntoClause, query: Node, ifNotExists: boolean, context: ReplayContext): void {
  const name = newRelationName(into.rel, context);
  const existing = refuseTakenRelationName(name, into.rel?.location, context, ifNotExists);
  if (existing && !existing.isAssumed) {
    context.skipped(existing);
    return;
  }
  const { columns, isComplete } = outputOf(query, context);
  const names = stringsOf(into.colNames);
  if (isComplete && names.length > columns.length) context.refuse('too many column names were specified');
  const { builder, graph } = context;
  const table = builder.create(
    {
      kind: 'table',
      name,
      persistence: persistenceOf(into.rel?.relpersistence),
      rowSecurity: false,
      forceRowSecurity: false,
      inherits: [],
      partitionOf: null,
      partitionBound: null,
      partitionKey: null,
      options: storageOptions(into.options),
      replicaIdentity: 'default',
      ofType: null,
      owner: context.session.role,
      acl: context.initialAcl('table', name.schema),
    },
    context.by,
    existing?.id,
  );
  context.filled.add(name);
  const seen = new Set<string>();
  for (const [i, column] of columns.entries()) {
    const columnName = names[i] ?? column.name;
    if (seen.has(columnName)) context.refuse(`column "${columnName}" specified more than once`, into.rel?.location);
    seen.add(columnName);
    builder.create(
      {
        kind: 'column',
        relation: table.id,
        name: columnName,
        position: i + 1,
        type: column.type ?? null,
        notNull: false,
        notNullName: null,
        default: null,
        identity: null,
        generated: null,
        collation: collationOf(column, context),
        isInherited: false,
        acl: [],
      },
      context.by,
      graph.column(table.id, columnName)?.id,
    );
  }
  if (existing) putOthersLast(context, table.id, [...seen]);
  if (isComplete) return;
  const what = `The columns of ${graph.path(table)} are not all known, for what its query reads is not known.`;
  const at = context.at(into.rel?.location);
  builder.doubt({ what, at, aspects: ['columns'], reach: { entities: [table.id] } });
}

function outputOf(
  query: Node,
  context: ReplayContext,
): { readonly columns: readonly OutputColumn[]; readonly isComplete: boolean } {
  // EXECUTE of a prepared statement: its query is not at hand.
  if ('ExecuteStmt' in query) return { columns: [], isComplete: false };
  const binding = context.output(query);
  return { columns: binding.columns, isComplete: binding.columnsKnown };
}
