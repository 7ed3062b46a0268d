import type { ViewStmt } from '@pgsql/types';
import type { QueryBinding } from '../../../graph/binding/binding.ts';
import { hasAllColumns } from '../../../graph/binding/bound-entity.ts';
import type { EntityOf } from '../../../graph/entities/index.ts';
import type { ReplayContext } from '../context.ts';
import { newRelationName } from '../relations/new-relation.ts';
import { createViewColumns, refuseChangedColumns, viewColumns } from '../relations/view-columns.ts';
import { type ViewOptions, withViewOptions } from '../relations/view-options.ts';

type View = EntityOf<'view'>;

export function createView(stmt: ViewStmt, context: ReplayContext): void {
  if (stmt.view === undefined || stmt.query === undefined) return;
  const { expression: query, binding } = context.query(stmt.query);
  const name = newRelationName(
    usesTemporary(query, context) ? { ...stmt.view, relpersistence: 't' } : stmt.view,
    context,
  );
  const columns = viewColumns(binding, stmt.aliases, context);
  const facts = { query, ...viewOptions(stmt) };
  const existing = context.graph.relation(name);
  if (existing?.kind === 'view' && stmt.replace === true && existing.isAssumed !== true) {
    replaceView(existing, facts, columns, binding, context);
    return;
  }
  if (existing && existing.isAssumed !== true) context.refuseDuplicate(existing);
  const view = context.builder.create(
    {
      kind: 'view',
      name,
      ...facts,
      owner: context.session.role,
      acl: context.initialAcl('table', name.schema),
    },
    context.by,
    existing?.id,
  );
  createViewColumns(view, columns, context);
}

/** A view over a temporary table is one itself (DefineView(), src/backend/commands/view.c). */
function usesTemporary({ references }: View['query'], { graph }: ReplayContext): boolean {
  return references.some(({ target }) => {
    const relation = graph.find(target);
    return relation?.kind === 'table' && relation.persistence === 'temporary';
  });
}

/** OR REPLACE keeps owner, privileges and comment; options that are not repeated are gone. */
function replaceView(
  existing: View,
  facts: Pick<View, 'query'> & ViewOptions,
  columns: ReturnType<typeof viewColumns>,
  binding: QueryBinding,
  context: ReplayContext,
): void {
  const before = context.graph.columns(existing.id);
  if (binding.columnsKnown && hasAllColumns(existing)) refuseChangedColumns(before, columns, context);
  context.builder.alter(existing, facts, context.by);
  createViewColumns(existing, columns, context, before.length);
}

const NO_OPTIONS: ViewOptions = { securityInvoker: false, securityBarrier: false, checkOption: null };

function viewOptions(stmt: ViewStmt): ViewOptions {
  const facts = withViewOptions(NO_OPTIONS, stmt.options);
  if (stmt.withCheckOption === 'LOCAL_CHECK_OPTION') return { ...facts, checkOption: 'local' };
  if (stmt.withCheckOption === 'CASCADED_CHECK_OPTION') return { ...facts, checkOption: 'cascaded' };
  return facts;
}
