import type { ViewStmt } from '@pgsql/types';
import type { QueryBinding } from '../../../graph/binding/binding.ts';
import type { EntityOf } from '../../../graph/entities/index.ts';
import type { ReplayContext } from '../context.ts';
import { defBoolean, defElems, defText } from '../def-elem.ts';
import { hasAllColumns } from '../name-lookup.ts';
import { createViewColumns, refuseChangedColumns, viewColumns } from '../relations/view-columns.ts';

type View = EntityOf<'view'>;

export function createView(stmt: ViewStmt, context: ReplayContext): void {
  if (stmt.view === undefined || stmt.query === undefined) return;
  const name = context.newName(stmt.view);
  const { expression: query, binding } = context.query(stmt.query);
  const columns = viewColumns(binding, stmt.aliases, context);
  const facts = { query, ...viewOptions(stmt, context) };
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

/** OR REPLACE keeps owner, privileges and comment; options that are not repeated are gone. */
function replaceView(
  existing: View,
  facts: Pick<View, 'query' | 'securityInvoker' | 'securityBarrier' | 'checkOption'>,
  columns: ReturnType<typeof viewColumns>,
  binding: QueryBinding,
  context: ReplayContext,
): void {
  const before = context.graph.columns(existing.id);
  if (binding.columnsKnown && hasAllColumns(existing)) refuseChangedColumns(before, columns, context);
  context.builder.alter(existing, facts, context.by);
  createViewColumns(existing, columns, context, before.length);
}

function viewOptions(
  stmt: ViewStmt,
  context: ReplayContext,
): Pick<View, 'securityInvoker' | 'securityBarrier' | 'checkOption'> {
  let facts: ReturnType<typeof viewOptions> = { securityInvoker: false, securityBarrier: false, checkOption: null };
  for (const option of defElems(stmt.options)) facts = { ...facts, ...viewOption(option, context) };
  if (stmt.withCheckOption === 'LOCAL_CHECK_OPTION') return { ...facts, checkOption: 'local' };
  if (stmt.withCheckOption === 'CASCADED_CHECK_OPTION') return { ...facts, checkOption: 'cascaded' };
  return facts;
}

/** One entry of WITH (…) or of ALTER VIEW … SET (…). */
export function viewOption(
  option: Parameters<typeof defBoolean>[0],
  context: ReplayContext,
): Partial<Pick<View, 'securityInvoker' | 'securityBarrier' | 'checkOption'>> {
  const name = option.defname ?? '';
  if (name === 'check_option') {
    const value = defText(option);
    if (value === 'local' || value === 'cascaded') return { checkOption: value };
    context.refuse(`invalid value for enum option "check_option": ${value ?? 'true'}`, option.location);
  }
  const value = defBoolean(option);
  if (value === undefined)
    context.refuse(`invalid value for boolean option "${name}": ${defText(option)}`, option.location);
  if (name === 'security_invoker') return { securityInvoker: value };
  if (name === 'security_barrier') return { securityBarrier: value };
  context.refuse(`unrecognized parameter "${name}"`, option.location);
}
