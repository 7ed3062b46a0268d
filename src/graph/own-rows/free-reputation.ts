import { isSpeaker } from '../agreement/said-to-others.ts';
import { alternativesFor, authorColumns } from '../agreement/self-approval.ts';
import { callerComparisons } from '../caller/caller-comparisons.ts';
import { isClosedToClients } from '../caller/closed-conditions.ts';
import { isStanding } from '../caller/row-scope.ts';
import type { EntityOf } from '../entities/index.ts';
import { isUniqueAlone } from '../indexes/index-keys.ts';
import { columnsWithRole } from '../lexicon/column-roles.ts';
import { countedTable } from '../lexicon/counted-table.ts';
import { isNamed, type NamePatterns } from '../lexicon/pattern.ts';
import { isTriggerFunction } from '../privileges/api-calls.ts';
import { isUnderRowSecurity } from '../privileges/privilege-questions.ts';
import { writesTo } from '../query-shapes/schema-queries.ts';
import type { SchemaGraph } from '../schema-graph.ts';
import { isNumeric } from '../types/type-class.ts';
import type { OwnRowWrite } from './own-row-writes.ts';

type Column = EntityOf<'column'>;
type Table = EntityOf<'table'>;

/** A number that speaks of a user, which others make by what they write elsewhere and the user may write as well. */
export interface FreeReputation {
  readonly column: Column;
  /** `marks`: what others give (`reviews.rating`). `rows`: how many rows of others there are. `routine`: what a function that clients’ privileges do not limit reckons. */
  readonly madeBy:
    | { readonly kind: 'marks'; readonly marks: Column }
    | { readonly kind: 'rows'; readonly counted: Table }
    | { readonly kind: 'routine'; readonly routine: EntityOf<'function'> };
}

const MEANS: NamePatterns = [
  ...['rating', 'stars', 'average_rating', 'avg_rating', 'rating_avg', 'rating_average', 'mean_rating'],
  ...['overall_rating', 'average_stars', 'avg_stars', 'average_score', 'avg_score', 'review_score', 'feedback_score'],
  ...['*_seller_rating', '*_trust_score', '*_reputation', 'reputation_score'],
];
const MARKS: NamePatterns = ['rating', 'stars', '*_stars', 'overall_rating', 'rating_value'];
const NUMBERS_OF_MARKS: NamePatterns = [
  'rating_count',
  'ratings_count',
  'total_ratings',
  'review_count',
  'total_reviews',
];
const EARNED: NamePatterns = [
  ...['*_points', 'xp', '*_xp', 'level', 'wins', 'total_wins', 'win_count', 'losses', 'elo', 'elo_rating', 'karma'],
  ...['*_reputation', 'reputation_score', 'trust_score', 'rating', 'average_rating', 'avg_rating', 'rank_score'],
  ...['!*_data_points', '!*_reorder_*', '!*_access_*'],
];
/** One row is a user with what is offered under that name. */
const OFFERING: NamePatterns = [
  ...['*_shop', '*_store', '*_seller', '*_vendor', '*_provider', '*_merchant', '*_freelancer', '*_tutor', '*_coach'],
  ...['*_instructor', '*_driver', '*_host', '*_agency', '*_restaurant', '*_supplier', '*_contractor', '*_player'],
];
/** By whom a row is, where no policy says so. */
const MAKERS: NamePatterns = [
  ...['user_id', 'profile_id', 'account_id', '*_author_*', '*_customer_*', '*_buyer_*', '*_client_*', '*_guest_*'],
  ...['*_by', '*_creator_*', '*_owner_*', '*_student_*', '*_patient_*', '*_member_*'],
];

/**
 * The numbers in the row of an account, a shop or a seller that others see, and that rows of another table about it are the reason for: what these say was
 * given, how many there are, or what a trigger or function reckons from elsewhere. Not those that the user has rows of alone.
 */
export function freeReputation(
  graph: SchemaGraph,
  table: Table,
  { command, tied, leavesFree }: OwnRowWrite,
  clientRoles: readonly string[],
): readonly FreeReputation[] {
  if (command !== 'update') return [];
  const isOne = tied.some((id) => isUniqueAlone(graph, graph.get('column', id)));
  if (!isOne && !isNamed(table.name.name, OFFERING)) return [];
  if (!isSeenByOthers(graph, table, clientRoles)) return [];
  const free = graph.columns(table.id).filter((each) => isNumeric(graph, each.type) && leavesFree(each));
  const counters = columnsWithRole(graph, table.id, 'counter');
  return free.flatMap((column): readonly FreeReputation[] => {
    const counted = counters.includes(column) ? countedTable(graph, column) : undefined;
    if (counted !== undefined && isAboutAnother(graph, table, counted, clientRoles))
      return [{ column, madeBy: { kind: 'rows', counted } }];
    if (isNamed(column.name, MEANS) || isNamed(column.name, NUMBERS_OF_MARKS)) {
      const marks = marksFor(graph, table, clientRoles);
      if (marks !== undefined) return [{ column, madeBy: { kind: 'marks', marks } }];
    }
    const routine = isNamed(column.name, EARNED) ? reckonerOf(graph, table, column) : undefined;
    return routine === undefined ? [] : [{ column, madeBy: { kind: 'routine', routine } }];
  });
}

/** By a policy that asks neither whose row it is nor who calls. */
function isSeenByOthers(graph: SchemaGraph, table: Table, clientRoles: readonly string[]): boolean {
  return alternativesFor(graph, table, 'select', clientRoles).some(
    ({ conditions }) =>
      !isStanding(graph, conditions) &&
      !conditions.some((each) => isClosedToClients(graph, each) || callerComparisons(graph, each).length > 0),
  );
}

/** A column of a table that refers to this one in which others say how good they found it. */
function marksFor(graph: SchemaGraph, table: Table, clientRoles: readonly string[]): Column | undefined {
  const children = graph.referencedBy(table.id).flatMap((key) => {
    const child = graph.find(key.table);
    return child?.kind === 'table' && child !== table ? [child] : [];
  });
  for (const child of new Set(children)) {
    if (!isAboutAnother(graph, table, child, clientRoles)) continue;
    const marks = graph.columns(child.id).find((each) => isNamed(each.name, MARKS) && isNumeric(graph, each.type));
    if (marks !== undefined) return marks;
  }
  return undefined;
}

/** Does it refer to the table by a column that does not say who wrote its rows? */
function isAboutAnother(graph: SchemaGraph, table: Table, child: Table, clientRoles: readonly string[]): boolean {
  const authors = authorColumns(graph, child, clientRoles);
  return graph.ownedBy(child.id, 'foreignKey').some(({ columns: [id, another], referencedTable }) => {
    if (referencedTable !== table.id || id === undefined || another !== undefined || authors.has(id)) return false;
    const { name } = graph.get('column', id);
    return !isSpeaker(name) && !isNamed(name, MAKERS);
  });
}

/** A SECURITY DEFINER function that adds to the number, or works it out. */
function reckonerOf(graph: SchemaGraph, table: Table, column: Column): EntityOf<'function'> | undefined {
  for (const { holder, write } of writesTo(graph, table.id)) {
    if (holder.kind !== 'function' || holder.security !== 'definer' || write.kind !== 'update') continue;
    const isReckoned = write.sets.some(({ column: id, readsOwnRow, from }) => {
      if (id !== column.id) return false;
      return readsOwnRow || from === 'subselect' || (from === 'variable' && isTriggerFunction(holder));
    });
    if (isReckoned && !isUnderRowSecurity(graph, holder.owner, table)) return holder;
  }
  return undefined;
}
