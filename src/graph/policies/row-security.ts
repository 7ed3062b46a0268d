import { askedOnce } from '../asked-once.ts';
import type { BoundExpression } from '../bound-expression.ts';
import type { EntityOf } from '../entities/index.ts';
import type { PolicyCommand } from '../entities/policy.ts';
import { actsAs } from '../privileges/privilege-questions.ts';
import type { Grantee } from '../privileges/privileges.ts';
import type { SchemaGraph } from '../schema-graph.ts';

type Policy = EntityOf<'policy'>;

/** What a statement does with rows; ALL is for policies only. */
export type RowCommand = Exclude<PolicyCommand, 'all'>;
export const ROW_COMMANDS: readonly RowCommand[] = ['select', 'insert', 'update', 'delete'];

/** The policies of a table that count for this command of this role (get_policies_for_relation()). */
export function policiesFor(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  command: RowCommand,
  role: Grantee,
): readonly Policy[] {
  const known = counted(graph, table);
  const key = `${command} ${role}`;
  const made =
    known.get(key) ??
    graph
      .ownedBy(table.id, 'policy')
      .filter((each) => (each.command === 'all' || each.command === command) && appliesTo(graph, each, role));
  known.set(key, made);
  return made;
}

const counted = askedOnce((_: SchemaGraph, _table: EntityOf<'table'>) => new Map<string, readonly Policy[]>());

/** Does it count for the role: is it for it, for PUBLIC, or for a role that it is in? */
export function appliesTo(graph: SchemaGraph, { roles }: Policy, role: Grantee): boolean {
  return roles.some((each) => each === 'public' || each === role || (role !== 'public' && actsAs(graph, role, each)));
}

/** An expression that Postgres puts into a statement on the table, and the policy it comes from. */
export interface AppliedExpression {
  readonly policy: Policy;
  readonly expression: BoundExpression;
}

/**
 * What the policies add to a statement of the role: which old rows it meets, which new rows it may leave. An UPDATE or
 * DELETE is taken to read a column (a WHERE, RETURNING), so that the SELECT policies count too; a bare INSERT reads none.
 * Where no permissive policy has an expression nothing passes, and the restrictive ones are not looked at.
 * (get_row_security_policies(), src/backend/rewrite/rowsecurity.c.)
 */
export function appliedExpressions(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  command: RowCommand,
  role: Grantee,
): readonly AppliedExpression[] {
  const commands: readonly RowCommand[] =
    command === 'update' || command === 'delete' ? [command, 'select'] : [command];
  return commands.flatMap((each) => {
    const policies = policiesFor(graph, table, each, role);
    const old = command === 'insert' ? [] : expressionsOf(policies, ({ using }) => using);
    const writes = command === 'insert' || command === 'update';
    return [...old, ...(writes ? expressionsOf(policies, ({ using, check }) => check ?? using) : [])];
  });
}

function expressionsOf(
  policies: readonly Policy[],
  clause: (policy: Policy) => BoundExpression | null,
): readonly AppliedExpression[] {
  const applied = policies.flatMap((policy) => {
    const expression = clause(policy);
    return expression === null ? [] : [{ policy, expression }];
  });
  return applied.some(({ policy }) => policy.isPermissive) ? applied : [];
}

/**
 * Was there an event trigger, when the table was made, that turns row security on for new tables? Its function runs ALTER
 * TABLE through EXECUTE, so that only the text of its body can tell.
 */
export function isSecuredByEventTrigger(graph: SchemaGraph, table: EntityOf<'table'>): boolean {
  if (table.origin.from !== 'statement') return false;
  return graph.ofKind('eventTrigger').some((trigger) => {
    if (trigger.id > table.id || trigger.event !== 'ddl_command_end' || trigger.enabled === 'disabled') return false;
    if (trigger.tags.length > 0 && !trigger.tags.includes('CREATE TABLE')) return false;
    const called = trigger.function === null ? undefined : graph.find(trigger.function);
    return called?.kind === 'function' && /\benable\s+row\s+level\s+security\b/i.test(called.body?.text ?? '');
  });
}
