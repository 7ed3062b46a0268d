import type { Node } from '@pgsql/types';
import { equalSides } from '../../sql/equality.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import { nodesOf, walk } from '../../sql/walk.ts';
import { askedOnce } from '../asked-once.ts';
import type { Assumption } from '../binding/questions/constant-value.ts';
import { isNeverTrue } from '../binding/questions/never-true.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { callerSources } from '../caller/caller-source.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import { mayAnyColumn } from '../privileges/privilege-questions.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isUsersOwn } from '../users-own.ts';
import { mayMeetRows, policyAudience } from './policy-audience.ts';
import { decidingClause } from './policy-clauses.ts';

type Policy = EntityOf<'policy'>;
type Table = EntityOf<'table'>;

/** A policy that would admit rows, were the tables that it looks into not empty for whoever it is for. */
export interface BlindPolicy {
  readonly policy: Policy;
  /** The first table of which they see no row. */
  readonly table: Table;
  /** Whom it is for, and the commands for which it admits nothing. */
  readonly access: readonly ClientAccess[];
}

/**
 * The permissive policies whose condition is never true for any client they are for, as a table in their subselects has row security and no policy
 * that lets these clients read a row: a policy reads with the rights of whoever runs the statement (docs, CREATE POLICY).
 */
export const blindPolicies = askedOnce(
  (graph: SchemaGraph, clientRoles: readonly string[]): ReadonlyMap<Policy, BlindPolicy> => {
    const found = new Map<Policy, BlindPolicy>();
    for (const policy of graph.ofKind('policy')) {
      const blind = policy.isPermissive ? blindPolicy(graph, policy, clientRoles) : undefined;
      if (blind !== undefined) found.set(policy, blind);
    }
    return found;
  },
);

function blindPolicy(graph: SchemaGraph, policy: Policy, clientRoles: readonly string[]): BlindPolicy | undefined {
  const audience = policyAudience(graph, policy, clientRoles);
  const access = audience.flatMap((each) => {
    const commands = each.commands.filter((command) => {
      const clause = decidingClause(policy, command);
      if (clause === null || unseenIn(graph, clause, each).length === 0) return false;
      return !isNeverTrue(clause.tree) && isNeverTrue(clause.tree, withoutUnseen(graph, clause, each));
    });
    return commands.length === 0 ? [] : [{ ...each, commands }];
  });
  const [first] = access;
  const isWhole = access.every(({ commands }, at) => commands.length === audience[at]?.commands.length);
  if (first === undefined || access.length < audience.length || !isWhole) return undefined;
  const table = [policy.using, policy.check].flatMap((each) => (each === null ? [] : unseenIn(graph, each, first)))[0];
  return table === undefined ? undefined : { policy, table, access };
}

function withoutUnseen(graph: SchemaGraph, clause: BoundExpression, access: ClientAccess): Assumption {
  return (node) => {
    const table = tableOf(graph, node, clause);
    return table !== undefined && seesNoRow(graph, table, access) ? null : undefined;
  };
}

function unseenIn(graph: SchemaGraph, clause: BoundExpression, access: ClientAccess): readonly Table[] {
  return nodesOf(clause.tree, 'RangeVar').flatMap((range) => {
    const table = tableOf(graph, { RangeVar: range }, clause);
    return table !== undefined && seesNoRow(graph, table, access) ? [table] : [];
  });
}

function tableOf(graph: SchemaGraph, node: Node, { meanings }: BoundExpression): Table | undefined {
  const range = fieldsOf(node, 'RangeVar');
  const source = range && meanings.get(range);
  const table = source?.kind === 'source' && source.relation !== undefined ? graph.find(source.relation) : undefined;
  return table?.kind === 'table' ? table : undefined;
}

/** The one column of the table that the policy's subselects compare with auth.uid() itself; undefined for none and for several. */
export function columnOfCaller(graph: SchemaGraph, policy: Policy, table: Table): EntityOf<'column'> | undefined {
  const columns = new Set<EntityId>();
  for (const clause of [policy.using, policy.check]) {
    walk(clause?.tree, (_, node) => {
      if (clause === null) return undefined;
      for (const [own, other] of equalSides(node)) {
        const reference = fieldsOf(own, 'ColumnRef');
        const meaning = reference && clause.meanings.get(reference);
        const isOwn = meaning?.kind === 'column' && meaning.relation === table.id && !meaning.isOuter;
        const sources = isOwn ? callerSources(graph, other, clause) : [];
        if (isOwn && meaning.column !== undefined && sources.length === 1 && sources[0] === 'user')
          columns.add(meaning.column);
      }
      return undefined;
    });
  }
  const [only, ...more] = columns;
  return only === undefined || more.length > 0 ? undefined : graph.get('column', only);
}

/** May the role read the table by its grants, while row security keeps every row from it? */
function seesNoRow(graph: SchemaGraph, table: Table, { name, role }: ClientAccess): boolean {
  if (!table.rowSecurity || table.isAssumed === true || !isUsersOwn(graph, table)) return false;
  if (graph.isDoubtful(table, ['rowSecurity', 'policies', 'privileges'])) return false;
  return mayAnyColumn(graph, role, table, 'r') && !mayMeetRows(graph, table, 'select', { name, role });
}
