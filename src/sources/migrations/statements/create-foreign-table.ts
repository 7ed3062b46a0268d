import type { CreateForeignTableStmt } from '@pgsql/types';
import type { ReplayContext } from '../context.ts';
import { makeChecks, makeColumns, makeLikeParts, notNullNames, reserveColumns } from '../relations/build-table.ts';
import { putOthersLast } from '../relations/column-order.ts';
import { newRelationName, refuseTakenRelationName } from '../relations/new-relation.ts';
import { storageOptions } from '../relations/storage-options.ts';
import { planTable } from '../relations/table-plan.ts';

/** CREATE FOREIGN TABLE; as a child or partition of a table the graph does not hold it. */
export function createForeignTable(node: CreateForeignTableStmt, context: ReplayContext): void {
  const base = node.base ?? {};
  const name = newRelationName(base.relation, context);
  const location = base.relation?.location;
  const existing = refuseTakenRelationName(name, location, context, base.if_not_exists === true);
  if (existing && !existing.isAssumed) {
    context.skipped(existing);
    return;
  }
  const server = context.graph.global('foreignServer', node.servername ?? '');
  if (server === undefined) context.reportUnknown('server', node.servername ?? '', location);
  const parents = (base.inhRelations ?? []).flatMap((each) =>
    'RangeVar' in each ? [context.relation(each.RangeVar, 'table')] : [],
  );
  const ancestry = { parents, isPartition: base.partbound !== undefined, type: null };
  const plan = planTable(base, ancestry, context);
  const [constraint] = [...plan.keys, ...plan.foreignKeys];
  if (constraint)
    context.refuse(
      'primary key, unique, exclusion and foreign key constraints are not supported on foreign tables',
      constraint.node.location,
    );
  const ids = reserveColumns(context, plan, existing?.id);
  const table = context.builder.create(
    {
      kind: 'foreignTable',
      name,
      server: server?.id ?? null,
      options: storageOptions(node.options),
      owner: context.session.role,
      acl: context.initialAcl('table', name.schema),
    },
    context.by,
    existing?.id,
  );
  makeColumns(context, table, plan, ids, notNullNames(context, name, plan, ancestry));
  if (existing) putOthersLast(context, table.id, [...ids.keys()]);
  makeChecks(context, table, plan, ancestry);
  makeLikeParts(context, table, plan);
}
