import type { CreateTableAsStmt, RefreshMatViewStmt } from '@pgsql/types';
import type { BoundExpression } from '../../../graph/bound-expression.ts';
import type { Entity } from '../../../graph/entities/index.ts';
import type { Difference } from '../../../graph/journal.ts';
import { sameExpression } from '../../../graph/same-expression.ts';
import { defElems, defText } from '../../../sql/def-elem.ts';
import type { ReplayContext } from '../context.ts';
import { describeObject } from '../describe-object.ts';
import { createViewColumns, viewColumns } from '../relations/view-columns.ts';

/** CREATE MATERIALIZED VIEW, which the grammar gives as a CREATE TABLE AS of another object type. */
export function createMaterializedView(stmt: CreateTableAsStmt, context: ReplayContext): void {
  const into = stmt.into;
  if (into?.rel === undefined || stmt.query === undefined) return;
  const name = context.newName(into.rel);
  const existing = context.graph.relation(name);
  // The query is analysed before anything else.
  const { expression, binding } = context.query(stmt.query);
  if (existing && existing.isAssumed !== true) {
    if (stmt.if_not_exists !== true) context.refuseDuplicate(existing);
    context.skipped(existing, differences(existing, expression, context));
    return;
  }
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

/** In what the relation that stands differs from what IF NOT EXISTS asked for. */
function differences(existing: Entity, query: BoundExpression, context: ReplayContext): readonly Difference[] {
  if (existing.kind !== 'materializedView')
    return [{ what: 'kind', existing: describeObject(existing, context.graph), wanted: 'materialized view' }];
  if (context.graph.isDoubtful(existing, ['columns']) || sameExpression(existing.query, query)) return [];
  return [{ what: 'query', existing: existing.query.text, wanted: query.text }];
}

export function refreshMaterializedView(stmt: RefreshMatViewStmt, context: ReplayContext): void {
  const range = stmt.relation;
  if (range === undefined) return;
  const found = context.lookup(range);
  const written = context.written(range.schemaname ?? context.names.creationSchema(), range.relname ?? '');
  if (found === undefined) context.reportUnknown('table', written, range.location);
  else if (found.kind !== 'materializedView') {
    const what = found.kind === 'table' ? 'a materialized view' : 'a table or materialized view';
    context.refuse(`"${written}" is not ${what}`, range.location);
  } else context.builder.alter(found, { isPopulated: stmt.skipData !== true }, context.by);
}
