import type { Node } from '@pgsql/types';
import { fieldsOf, writtenName } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { asksCaller } from '../caller/caller-source.ts';
import { isOpenToRole } from '../caller/signed-out.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { columnsNamed } from '../own-column.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { admittingPolicies, isOpenToClient } from './policy-audience.ts';
import { decidingClause, restricts, waysOf } from './policy-clauses.ts';
import { policiesFor } from './row-security.ts';

type Policy = EntityOf<'policy'>;

/**
 * The policies by which a role reads rows of a table, be it some of them, with nothing asked of who it is, or only whether it acts as that role:
 * `is_active = true`, `auth.role() = 'anon' and token is not null`.
 */
export function callerlessReading(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  access: Pick<ClientAccess, 'name' | 'role'>,
): readonly Policy[] {
  if (!table.rowSecurity) return [];
  if (policiesFor(graph, table, 'select', access.role).some((each) => restricts(each, 'select'))) return [];
  return admittingPolicies(graph, table, 'select', access).filter((each) => {
    const clause = decidingClause(each, 'select');
    if (clause !== null && asksNothing(graph, clause, access.name)) return true;
    return isOpenToClient(graph, each, 'select', access);
  });
}

/** Is there a way through it that looks at nothing but the row itself, and is met by whoever acts as the role otherwise? */
function asksNothing(graph: SchemaGraph, clause: BoundExpression, role: string): boolean {
  return (waysOf(clause) ?? []).some((way) =>
    way.every(
      (part) =>
        isOpenToRole(part, role) || (!asksCaller(graph, part.tree, part) && !anyNode(part.tree, looksElsewhere)),
    ),
  );
}

/** Does it ask of the column only that there is something in it: `token is not null`, which compares it with nothing? */
export function asksOnlyWhetherSet(policy: Policy, column: EntityId): boolean {
  const clause = decidingClause(policy, 'select');
  return (clause === null ? [] : (waysOf(clause) ?? [])).some((way) => {
    const naming = way.filter((part) => columnsNamed(part).has(column));
    return naming.length > 0 && naming.every(({ tree }) => fieldsOf(tree, 'NullTest')?.nulltesttype === 'IS_NOT_NULL');
  });
}

/** Into other rows, or into what a function or a setting of the session says. */
function looksElsewhere(node: Node): boolean {
  const call = fieldsOf(node, 'FuncCall');
  return 'SubLink' in node || (call !== undefined && !OF_VALUES.has(writtenName(call.funcname).name));
}

const OF_VALUES: ReadonlySet<string> = new Set([
  'now',
  'lower',
  'upper',
  'length',
  'char_length',
  'btrim',
  'cardinality',
]);
