import type { CreateTableAsStmt, RefreshMatViewStmt } from '@pgsql/types';
import type { ReplayContext } from '../context.ts';
import { defElems, defText } from '../def-elem.ts';
import { createViewColumns, viewColumns } from '../relations/view-columns.ts';

/** CREATE MATERIALIZED VIEW, which the grammar gives as a CREATE TABLE AS of another object type. */
export function createMaterializedView(stmt: CreateTableAsStmt, context: ReplayContext): void {
  const into = stmt.into;
  if (into?.rel === undefined || stmt.query === undefined) return;
  const name = context.newName(into.rel);
  const existing = context.graph.relation(name);
  if (existing && existing.isAssumed !== true && stmt.if_not_exists === true) {
    context.skipped(existing);
    return;
  }
  if (existing && existing.isAssumed !== true) context.refuseDuplicate(existing);
  const { expression, binding } = context.query(stmt.query);
  const columns = viewColumns(binding, into.colNames, context);
  const view = context.builder.create(
    {
      kind: 'materializedView',
      name,
      query: expression,
      isPopulated: into.skipData !== true,
      options: defElems(into.options).map((each) => ({ name: each.defname ?? '', value: defText(each) ?? 'true' })),
      owner: context.session.role,
      acl: context.initialAcl('table', name.schema),
    },
    context.by,
    existing?.id,
  );
  createViewColumns(view, columns, context);
}

export function refreshMaterializedView(stmt: RefreshMatViewStmt, context: ReplayContext): void {
  const range = stmt.relation;
  if (range === undefined) return;
  const found = context.lookup(range);
  const written = context.written(range.schemaname ?? context.names.creationSchema(), range.relname ?? '');
  if (found === undefined) context.reportUnknown('table', written, range.location);
  else if (found.kind !== 'materializedView') context.refuse(`"${written}" is not a materialized view`, range.location);
  else context.builder.alter(found, { isPopulated: stmt.skipData !== true }, context.by);
}
