import type { RuleStmt } from '@pgsql/types';
import type { EntityOf } from '../../../graph/entities/index.ts';
import type { ReplayContext } from '../context.ts';

type RewriteRule = EntityOf<'rewriteRule'>;

const EVENTS: ReadonlyMap<string, RewriteRule['event']> = new Map([
  ['CMD_SELECT', 'select'],
  ['CMD_INSERT', 'insert'],
  ['CMD_UPDATE', 'update'],
  ['CMD_DELETE', 'delete'],
]);

/** CREATE [OR REPLACE] RULE. */
export function createRule(stmt: RuleStmt, context: ReplayContext): void {
  if (stmt.relation === undefined) return;
  const relation = context.relation(stmt.relation, 'table', 'view');
  const name = stmt.rulename ?? '';
  const existing = context.graph.part('rewriteRule', relation.id, name);
  if (existing && stmt.replace !== true) context.refuseDuplicate(existing);
  const scope = { relation, rows: ['new', 'old'] };
  const facts = {
    event: EVENTS.get(stmt.event ?? '') ?? 'select',
    isInstead: stmt.instead === true,
    condition: stmt.whereClause === undefined ? null : context.expression(stmt.whereClause, scope),
    actions: (stmt.actions ?? []).map((action) => context.query(action, scope).expression),
  };
  if (existing) context.builder.alter(existing, facts, context.by);
  else context.builder.create({ kind: 'rewriteRule', relation: relation.id, name, ...facts }, context.by);
}
