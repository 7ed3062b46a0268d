import type { BoundExpression } from '../bound-expression.ts';
import { callerComparisons } from '../caller/caller-comparisons.ts';
import type { EntityOf } from '../entities/index.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { columnsNamed } from '../own-column.ts';
import { isLeftTo } from '../own-rows/own-row-writes.ts';
import { partOf } from '../policies/alternatives.ts';
import { isAddressee, ownersColumn } from '../policies/owner-columns.ts';
import { ownersIn } from '../policies/parent-writes.ts';
import { policyAudience } from '../policies/policy-audience.ts';
import { decidingClause, waysOf } from '../policies/policy-clauses.ts';
import { tyingWrite } from '../policies/trigger-refusals.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { type BelongingWay, belongingsOf } from './belongings.ts';
import { type WriterColumn, writerColumns } from './writer-columns.ts';

type Policy = EntityOf<'policy'>;

/** Rows that whoever belongs to something may add in the name of others: the check asks where they go, and not who writes them. */
export interface ForgedAuthor extends WriterColumn, BelongingWay {
  readonly access: readonly ClientAccess[];
  /** Another way of the same clause ties the column to the caller: whoever wrote it may have meant to add rows for others. */
  readonly isTiedBeside: boolean;
}

/**
 * Only where several callers belong to the same place, as members of it or as its two sides: whoever alone owns it writes for themselves, and whoever has
 * a role there (an admin) is meant to add rows for others. Nothing where a part of the way is not understood, or names the column.
 */
export function forgedAuthor(
  graph: SchemaGraph,
  policy: Policy,
  clientRoles: readonly string[],
): ForgedAuthor | undefined {
  const clause = policy.isPermissive ? decidingClause(policy, 'insert') : null;
  if (
    clause === null ||
    !callerComparisons(graph, clause).some(({ via }) => via === 'membership' || via === 'argument')
  )
    return undefined;
  const table = graph.get('table', policy.table);
  // Nobody who is signed out is found among the members.
  const audience = policyAudience(graph, policy, clientRoles).filter(
    ({ name, commands }) => name !== 'anon' && commands.includes('insert'),
  );
  const writers = audience.length === 0 ? [] : writerColumns(graph, table, clientRoles);
  const owner = audience.length === 0 ? undefined : ownerTiedBeside(graph, table, clause);
  const isTold = writers.some(({ author }) => author === owner?.author);
  for (const { author, tie } of owner === undefined || isTold ? writers : [...writers, owner]) {
    const access = audience.filter(
      (each) => isLeftTo(graph, table, author, 'insert', each) && tyingWrite(graph, table, author, each) === undefined,
    );
    if (access.length === 0) continue;
    const [belonging] = belongingsOf(graph, policy, clause, author);
    if (belonging === undefined) continue;
    return {
      ...belonging,
      access: access.map((each) => ({ ...each, commands: ['insert'] })),
      author,
      tie,
      isTiedBeside: !isTold && author === owner?.author,
    };
  }
  return undefined;
}

/**
 * `user_id = auth.uid() or is_member(team_id)` of new rows: the column that the one way ties to the caller, where the policies for changing and deleting
 * rows go by it in each of their ways. Then no member changes a row of another, but each may add it.
 */
function ownerTiedBeside(
  graph: SchemaGraph,
  table: EntityOf<'table'>,
  clause: BoundExpression,
): WriterColumn | undefined {
  const author = ownersColumn(graph, table);
  if (author === undefined || isAddressee(table, author) || isUniqueAlone(graph, author)) return undefined;
  const tie = (waysOf(clause) ?? [])
    .flat()
    .find((part) => 'A_Expr' in part.tree && ownersIn(graph, part).includes(author.id));
  const isAlone = graph.ownedBy(table.id, 'policy').every(({ isPermissive, command, using }) => {
    if (!isPermissive || command === 'select' || command === 'insert' || using === null) return true;
    return waysOf(using)?.every((way) => way.some((part) => columnsNamed(part).has(author.id))) ?? false;
  });
  return tie !== undefined && isAlone ? { author, tie: partOf(clause, tie.tree) } : undefined;
}
