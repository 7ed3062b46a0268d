import type { Node } from '@pgsql/types';
import { fieldsOf, writtenName } from '../../sql/nodes.ts';
import { anyNode } from '../../sql/walk.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { asksCaller } from '../caller/caller-source.ts';
import type { EntityOf } from '../entities/index.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import { waysThrough } from '../query-shapes/ways-through.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { admittingPolicies, openToRoles } from './policy-audience.ts';
import { decidingClause, restricts } from './policy-clauses.ts';
import { policiesFor } from './row-security.ts';

type Policy = EntityOf<'policy'>;

/** The policies by which a role reads rows of a table, be it some of them, with nothing asked of who it is: `is_active = true`. */
export function callerlessReading(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  access: Pick<ClientAccess, 'name' | 'role'>,
): readonly Policy[] {
  if (!table.rowSecurity) return [];
  if (policiesFor(graph, table, 'select', access.role).some((each) => restricts(each, 'select'))) return [];
  return admittingPolicies(graph, table, 'select', access).filter((each) => {
    const clause = decidingClause(each, 'select');
    if (clause !== null && asksNothing(graph, clause)) return true;
    return openToRoles(graph, each, ['select'], [access.name]).some(({ role }) => role === access.role);
  });
}

/** Is there a way through it that looks at nothing but the row itself? */
function asksNothing(graph: SchemaGraph, clause: BoundExpression): boolean {
  return (waysThrough(clause.tree) ?? []).some((way) =>
    way.every((part) => !asksCaller(graph, part, clause) && !anyNode(part, looksElsewhere)),
  );
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
