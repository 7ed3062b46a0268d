import type { Node } from '@pgsql/types';
import { equalSides } from '../../sql/equality.ts';
import { anyNode } from '../../sql/walk.ts';
import type { BoundExpression } from '../bound-expression.ts';
import { type CallerComparison, callerComparisons } from '../caller/caller-comparisons.ts';
import { asksCaller } from '../caller/caller-source.ts';
import { askedStandings } from '../caller/caller-standing.ts';
import { isRank } from '../caller/standing-alone.ts';
import type { EntityOf } from '../entities/index.ts';
import { type ConsentValues, consentValues } from '../lexicon/consent-values.ts';
import { ENTITLEMENT_NAMES } from '../lexicon/entitlement-names.ts';
import { isAccountTable } from '../lexicon/table-roles.ts';
import { columnsNamed } from '../own-column.ts';
import { freeEntitlements, freeStandings, standingsBeside } from '../own-rows/free-standings.ts';
import { findsCallersKey } from '../own-rows/own-row-writes.ts';
import { columnMeaning } from '../query-shapes/operand.ts';
import type { Query } from '../query-shapes/query.ts';
import { queriesInSchema } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { typeClass } from '../types/type-class.ts';
import { type AuthorWrites, alternativesFor, authorWrites } from './self-approval.ts';

type Policy = EntityOf<'policy'>;
type Column = EntityOf<'column'>;
type Table = EntityOf<'table'>;

/** A row that waits, by default, for the word of somebody else, and may be written by its author as if that had been given. */
export interface AwaitedDecision extends ConsentValues {
  readonly column: Column;
  /**
   * Who decides, and the policy by which: `other` the account that a second column names, `owner` whoever owns what the row
   * names or has a rank there, `rank` whoever is something, whatever the row. None where no policy lets clients change rows.
   */
  readonly decider: Decider | undefined;
  readonly writes: AuthorWrites['writes'];
  /** What of the schema lets somebody in by the value. */
  readonly readers: readonly EntityOf<'policy' | 'function'>[];
}

type Decider =
  | { readonly kind: 'other'; readonly policy: Policy; readonly column: Column }
  | { readonly kind: 'owner' | 'rank'; readonly policy: Policy };

/**
 * By the values that an enum or CHECK lists and by who else may change the rows. Not where another account, and not just a
 * refusal, can be told from neither; not what self-granted-access tells, as policies let in by the author's own row.
 * @param namedValues what the schema and its history name of a column without such a list: enough where another account decides
 */
export function awaitedDecisions(
  graph: SchemaGraph,
  table: Table,
  clientRoles: readonly string[],
  namedValues: (column: Column) => readonly string[],
): readonly AwaitedDecision[] {
  return graph.columns(table.id).flatMap((column): readonly AwaitedDecision[] => {
    const listed = consentValues(graph, column);
    const values = listed ?? consentValues(graph, column, namedValues(column));
    if (values === undefined) return [];
    const found = authorWrites(graph, table, column, clientRoles);
    const writes = found.writes.filter(({ write }) =>
      besideInChecks(graph, column).every((each) => write.leavesFree(each)),
    );
    if (writes.length === 0 || writes.some((each) => isToldOf(graph, column, each, clientRoles))) return [];
    const decider = deciderOf(graph, table, found, clientRoles);
    const isAboutAnother = decider?.kind === 'other' || decider?.kind === 'owner';
    // What the schema only happens to name is no list.
    if (listed === undefined && decider?.kind !== 'other') return [];
    const isFlag = values.agreed === 'true';
    if (isFlag ? decider?.kind !== 'other' : !isAboutAnother && values.refused === undefined) return [];
    if (decider === undefined && found.mayUpdate) return [];
    return [{ ...values, column, decider, writes, readers: readersOf(graph, column, values.agreed) }];
  });
}

/** The other columns of CHECKs that look at the column: `status = 'pending' or decided_by is not null`. */
function besideInChecks(graph: SchemaGraph, column: Column): readonly Column[] {
  return graph.ownedBy(column.relation, 'checkConstraint').flatMap(({ expression }) => {
    const named = columnsNamed(expression);
    return named.has(column.id) ? [...named].filter((id) => id !== column.id).map((id) => graph.get('column', id)) : [];
  });
}

/** Does self-granted-access say it? */
function isToldOf(
  graph: SchemaGraph,
  column: Column,
  { policy, write }: AuthorWrites['writes'][number],
  clientRoles: readonly string[],
): boolean {
  const table = graph.get('table', column.relation);
  const standings = standingsBeside(graph, policy, clientRoles);
  return (
    freeStandings(graph, table, write, standings, clientRoles).some((each) => each.column === column.id) ||
    freeEntitlements(graph, table, write, ENTITLEMENT_NAMES).includes(column)
  );
}

/** A policy for UPDATE by which somebody else than the author decides. */
export function deciderOf(
  graph: SchemaGraph,
  table: Table,
  { authors, deciders }: AuthorWrites,
  clientRoles: readonly string[],
): Decider | undefined {
  const others = alternativesFor(graph, table, 'update', clientRoles).flatMap(
    ({ policy, conditions }): readonly Decider[] => {
      const compared = conditions.flatMap((each) => callerComparisons(graph, each));
      if (compared.length === 0 || compared.some(({ column }) => authors.has(column))) return [];
      const named = conditions.flatMap((each) => accountsNamed(graph, each))[0];
      if (named !== undefined) return [{ kind: 'other', policy, column: graph.get('column', named.column) }];
      return conditions.some((each) => asksOwnerOrRank(graph, table, policy, each)) ? [{ kind: 'owner', policy }] : [];
    },
  );
  const [first] = others;
  const [rank] = deciders;
  return first ?? (rank === undefined ? undefined : { kind: 'rank', policy: rank });
}

/** What has to be the caller, by the id or by a key of the caller's own row: `recipient_code = (select code from profiles where id = auth.uid())`. */
function accountsNamed(graph: SchemaGraph, condition: BoundExpression): readonly CallerComparison[] {
  return callerComparisons(graph, condition).filter(({ via, isOwnValue, isCorrelated }) => {
    if (!isOwnValue || via === 'value') return isOwnValue;
    return via === 'membership' && !isCorrelated && findsCallersKey(graph, condition);
  });
}

/** Is the caller compared in a row that the table refers to, or has to be something there: what every member of a tenant is does not count. */
function asksOwnerOrRank(graph: SchemaGraph, table: Table, policy: Policy, condition: BoundExpression): boolean {
  const parents = new Set(
    graph.ownedBy(table.id, 'foreignKey').flatMap(({ referencedTable }) => {
      const parent = graph.find(referencedTable);
      return parent?.kind === 'table' && parent !== table && !isAccountTable(graph, parent) ? [parent.id] : [];
    }),
  );
  const isParents = (node: Node | undefined) => {
    const id = columnMeaning(node, condition)?.column;
    return id !== undefined && parents.has(graph.get('column', id).relation);
  };
  const isOwners = anyNode(condition.tree, (node) =>
    equalSides(node).some(([own, other]) => isParents(own) && asksCaller(graph, other, condition)),
  );
  return isOwners || askedStandings(graph, policy, condition).some((each) => isRank(graph, each));
}

/** Policies with a subselect, and functions that say yes or no, that ask for rows with the value, in a query that is meant. */
export function readersOf(
  graph: SchemaGraph,
  column: Column,
  agreed: string,
  isMeant: (query: Query) => boolean = () => true,
): AwaitedDecision['readers'] {
  const found = new Set<EntityOf<'policy' | 'function'>>();
  for (const { holder, query } of queriesInSchema(graph)) {
    const isDeciding = holder.kind === 'policy' || (holder.kind === 'function' && isYesOrNo(graph, holder));
    if (!isDeciding || (holder.kind !== 'policy' && holder.kind !== 'function')) continue;
    const tests = query.sources.filter((each) => !each.isTarget).flatMap((each) => each.tests);
    const isAsked = tests.some(
      (each) => each.column === column.id && each.kind !== 'other' && each.constants.includes(agreed),
    );
    if (isAsked && isMeant(query)) found.add(holder);
  }
  return [...found];
}

function isYesOrNo(graph: SchemaGraph, { returns }: EntityOf<'function'>): boolean {
  return returns !== null && typeClass(graph, returns) === 'boolean';
}
