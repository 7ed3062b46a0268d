import type { Node } from '@pgsql/types';
import { equalSides } from '../../sql/equality.ts';
import { fieldsOf } from '../../sql/nodes.ts';
import { walk } from '../../sql/walk.ts';
import type { Binding } from '../binding/binding.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { callerComparisons } from '../caller/caller-comparisons.ts';
import { asksCaller } from '../caller/caller-source.ts';
import { askedStandings, type Standing } from '../caller/caller-standing.ts';
import { isOpenToSignedIn } from '../caller/signed-out.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { columnsNamed } from '../own-column.ts';
import { isLeftTo } from '../own-rows/own-row-writes.ts';
import { partOf } from '../policies/alternatives.ts';
import { isAddressee, ownersColumn } from '../policies/owner-columns.ts';
import { ownersIn } from '../policies/parent-writes.ts';
import { policyAudience } from '../policies/policy-audience.ts';
import { decidingClause, waysOf } from '../policies/policy-clauses.ts';
import { tyingWrite } from '../policies/trigger-refusals.ts';
import type { ClientAccess } from '../privileges/client-access.ts';
import { disjuncts } from '../query-shapes/column-tests.ts';
import { columnMeaning } from '../query-shapes/operand.ts';
import { queriesIn } from '../query-shapes/queries-in.ts';
import { callsUsersFunction } from '../routines/called-function.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { type WriterColumn, writerColumns } from './writer-columns.ts';

type Policy = EntityOf<'policy'>;
type Column = EntityOf<'column'>;

/** Rows that whoever belongs to something may add in the name of others: the check asks where they go, and not who writes them. */
export interface ForgedAuthor extends WriterColumn {
  readonly access: readonly ClientAccess[];
  /** The columns of the new row by which the caller is found to belong to it. */
  readonly places: readonly Column[];
  /** Where the caller is looked for. */
  readonly members: readonly EntityId[];
  /** The conditions of the way, all of which have to hold. */
  readonly way: readonly BoundExpression[];
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
    for (const way of waysOf(clause) ?? []) {
      const parts = way.map((each) => belongingAsked(graph, policy, partOf(clause, each.tree), author));
      if (parts.includes(undefined)) continue;
      const asked = parts.flatMap((each) => each ?? []);
      if (asked.length === 0) continue;
      const places = [...new Set(asked.flatMap((each) => each.places))].map((id) => graph.get('column', id));
      const members = [...new Set(asked.flatMap((each) => each.members))];
      return {
        access: access.map((each) => ({ ...each, commands: ['insert'] })),
        author,
        tie,
        places,
        members,
        way,
        isTiedBeside: !isTold && author === owner?.author,
      };
    }
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

/** Where a part of a clause looks for the caller, and by which columns of the row. */
export type Belonging = Pick<ForgedAuthor, 'members'> & { readonly places: readonly EntityId[] };

/** Nothing where it asks the caller for nothing more than an account; undefined where it asks for more than to belong to something. */
export function belongingAsked(
  graph: SchemaGraph,
  policy: Policy,
  part: BoundExpression,
  author?: Column,
): readonly Belonging[] | undefined {
  if (author !== undefined && columnsNamed(part).has(author.id)) return undefined;
  if (isOpenToSignedIn(part)) return [];
  const comparisons = callerComparisons(graph, part).filter(({ via }) => via !== 'otherTable');
  if (comparisons.length === 0)
    return asksCaller(graph, part.tree, part) || callsUsersFunction(graph, part) ? undefined : [];
  const isByUser = comparisons.every(({ sources }) => sources.every((each) => each === 'user' || each === 'function'));
  if (!isByUser || comparisons.some(({ via }) => via === 'value')) return undefined;
  const places = comparisons.map(({ column }) => column);
  const sides = sidesAsked(graph, part);
  if (sides !== undefined) return [{ places, members: [sides] }];
  const standings = askedStandings(graph, policy, part);
  const asked = standings.filter((each) => !isState(graph, each));
  const isShared =
    asked.length > 0 &&
    asked.every(({ by, column }) => by === 'row' && !isUniqueAlone(graph, graph.get('column', column)));
  return isShared ? [{ places, members: asked.map(({ user }) => graph.get('column', user).relation) }] : undefined;
}

/** `status = 'active'`, `is_active`: that the caller still belongs to it is no role. */
export function isState(graph: SchemaGraph, { by, column }: Standing): boolean {
  return by === 'value' && isNamed(graph.get('column', column).name, STATES);
}

const STATES: NamePatterns = [
  '*_status',
  'status',
  '*_state',
  'is_active',
  'active',
  'is_accepted',
  'accepted',
  'has_left',
  'left',
  'is_banned',
  'is_muted',
];

/** `c.buyer_id = auth.uid() or c.seller_id = auth.uid()`: the table of which one row names several callers. */
function sidesAsked(graph: SchemaGraph, part: BoundExpression): EntityId | undefined {
  for (const { node, binding } of queriesIn(graph, part)) {
    let found: EntityId | undefined;
    walk(node, (_, each) => {
      const { boolop } = fieldsOf(each, 'BoolExpr') ?? {};
      const columns = boolop === 'OR_EXPR' ? disjuncts(each).map((one) => callersSide(graph, one, binding)) : [];
      const [first, ...others] = columns;
      if (
        first !== undefined &&
        others.length > 0 &&
        others.every((one) => one?.relation === first.relation && one !== first)
      )
        found ??= first.relation;
      return undefined;
    });
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The column that the condition compares with the caller. */
function callersSide(graph: SchemaGraph, condition: Node, binding: Binding): Column | undefined {
  for (const [own, other] of equalSides(condition)) {
    const column = columnMeaning(own, binding)?.column;
    if (column !== undefined && asksCaller(graph, other, binding)) return graph.get('column', column);
  }
  return undefined;
}
