import type { BoundExpression } from '../bound-expression.ts';
import { callerComparisons } from '../caller/caller-comparisons.ts';
import { askedStandings } from '../caller/caller-standing.ts';
import { isStanding } from '../caller/row-scope.ts';
import { isWider } from '../caller/wider-standing.ts';
import type { EntityOf } from '../entities/index.ts';
import type { EntityId } from '../entity-id.ts';
import { ownRowWrites } from '../own-rows/own-row-writes.ts';
import { excludesValue } from '../policies/excluded-value.ts';
import { policyAudience } from '../policies/policy-audience.ts';
import { decidingClause, waysOf } from '../policies/policy-clauses.ts';
import { constantText } from '../query-shapes/operand.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { type ChangeGuard, changeGuards } from '../triggers/change-guards.ts';
import { statusLabels } from '../values/status-labels.ts';
import { type AwaitedDecision, readersOf } from './awaited-decision.ts';
import { type AuthorWrites, alternativesFor } from './self-approval.ts';

type Policy = EntityOf<'policy'>;
type Column = EntityOf<'column'>;
type Table = EntityOf<'table'>;

/** A status that authors cannot give to rows of theirs, and with which they add them. */
export interface SkippedSteps {
  readonly column: Column;
  /** As rows are by default. */
  readonly start: string;
  /** What a row is at once that only others make of it. */
  readonly ahead: string;
  /** The values that authors may set, that of new rows among them, where a policy says which. */
  readonly allowed: readonly string[];
  readonly writes: AuthorWrites['writes'];
  /** What keeps authors from it once the row is there: their own policy for UPDATE, or a trigger for UPDATE alone. */
  readonly keeper: Policy | ChangeGuard;
  readonly readers: AwaitedDecision['readers'];
}

/** What nobody says of a row of their own where others have a say. */
const AHEAD =
  /^(?:approved|accepted|confirmed|verified|qualified|certified|finali[sz]ed|paid|granted|released|settled|delivered|shipped|refunded|graded|passed)$/i;

/**
 * Where whoever adds a row is kept from a value of its status by a policy or a trigger that is for UPDATE alone. Others make it of the row by a policy of
 * theirs; or the policy of the authors says in WITH CHECK what they may set.
 */
export function skippedSteps(
  graph: SchemaGraph,
  table: Table,
  clientRoles: readonly string[],
): readonly SkippedSteps[] {
  return graph.columns(table.id).flatMap((column): readonly SkippedSteps[] => {
    const start = column.default === null ? null : constantText(column.default.tree);
    const labels = statusLabels(graph, column);
    const ahead = labels.filter((each) => each !== start && AHEAD.test(each));
    if (start === null || ahead.length === 0 || AHEAD.test(start)) return [];
    const standings = alternativesFor(graph, table, 'update', clientRoles).filter(({ conditions }) =>
      isStanding(graph, conditions),
    );
    const writes = addedByAuthors(graph, table, column, standings, clientRoles);
    if (writes.length === 0) return [];
    const authors = new Set(writes.flatMap(({ write }) => write.tied));
    const ways = waysToChange(graph, table, clientRoles);
    const told = ahead.flatMap((value): readonly SkippedSteps[] => {
      const keeper = keeperOf(graph, table, column, value, ways, authors);
      const isDecided = standings.length > 0 || (keeper?.kind === 'policy' && keeper.check !== null);
      if (keeper === undefined || !isDecided) return [];
      const free = keeper.kind === 'policy' ? labels.filter((each) => !isKeptFrom(ways, column, each, authors)) : [];
      const allowed = free.includes(start) ? free : [];
      return [{ column, start, ahead: value, allowed, writes, keeper, readers: readersOf(graph, column, value) }];
    });
    const first = told.find(({ readers }) => readers.length > 0) ?? told[0];
    return first === undefined ? [] : [first];
  });
}

/** The policies by which authors add rows with any value there: also where that takes a standing which more have than those who change all rows. */
function addedByAuthors(
  graph: SchemaGraph,
  table: Table,
  column: Column,
  deciding: readonly { readonly policy: Policy; readonly conditions: readonly BoundExpression[] }[],
  clientRoles: readonly string[],
): AuthorWrites['writes'] {
  const decisive = deciding.map(({ policy, conditions }) =>
    conditions.flatMap((each) => askedStandings(graph, policy, each)),
  );
  return graph.ownedBy(table.id, 'policy').flatMap((policy) => {
    const isOfMore = (part: BoundExpression) => {
      if (!isStanding(graph, [part]) || decisive.length === 0) return false;
      const asked = askedStandings(graph, policy, part);
      return asked.some((own) => decisive.every((theirs) => isWider([own], theirs)));
    };
    return ownRowWrites(graph, policy, clientRoles, isOfMore)
      .filter(({ command, leavesFree }) => command === 'insert' && leavesFree(column))
      .map((write) => ({ policy, write }));
  });
}

/** What a changed row has to be, by one of the ways through the policies for UPDATE. */
interface WayToChange {
  readonly policy: Policy;
  /** Undefined where it cannot be told. */
  readonly conditions: readonly BoundExpression[] | undefined;
  readonly isStanding: boolean;
  readonly compared: readonly EntityId[];
}

function waysToChange(graph: SchemaGraph, table: Table, clientRoles: readonly string[]): readonly WayToChange[] {
  return graph.ownedBy(table.id, 'policy').flatMap((policy): readonly WayToChange[] => {
    if (!policy.isPermissive || decidingClause(policy, 'update') === null) return [];
    const audience = policyAudience(graph, policy, clientRoles);
    const clause = policy.check ?? policy.using;
    if (clause === null || !audience.some(({ commands }) => commands.includes('update'))) return [];
    const ways = waysOf(clause);
    if (ways === undefined) return [{ policy, conditions: undefined, isStanding: false, compared: [] }];
    return ways.map((conditions) => ({
      policy,
      conditions,
      isStanding: isStanding(graph, conditions),
      compared: conditions.flatMap((each) => callerComparisons(graph, each)).map(({ column }) => column),
    }));
  });
}

/** None where an author may set the value in a row that is there. */
function keeperOf(
  graph: SchemaGraph,
  table: Table,
  column: Column,
  value: string,
  ways: readonly WayToChange[],
  authors: ReadonlySet<EntityId>,
): Policy | ChangeGuard | undefined {
  const guards = changeGuards(graph, table, column, authors);
  const asking = guards.find(({ isForSome }) => isForSome);
  if (asking !== undefined) return asking;
  if (!isKeptFrom(ways, column, value, authors)) return undefined;
  const own = ways.find(({ compared }) => compared.some((each) => authors.has(each)));
  return own?.policy ?? guards[0];
}

/** Does each way by which an author may change a row ask for another value? That of somebody else, by a column or a standing, is not the author's. */
function isKeptFrom(
  ways: readonly WayToChange[],
  column: Column,
  value: string,
  authors: ReadonlySet<EntityId>,
): boolean {
  return ways.every(({ conditions, isStanding: isOther, compared }) => {
    if (isOther) return true;
    if (conditions === undefined) return false;
    if (compared.length > 0 && !compared.some((each) => authors.has(each))) return true;
    return excludesValue(conditions, column, value);
  });
}
