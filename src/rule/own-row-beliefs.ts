import type { EntityOf } from '../graph/entities/index.ts';
import type { NamePatterns } from '../graph/lexicon/pattern.ts';
import { addedAgain } from '../graph/own-rows/added-again.ts';
import { freeWhenAdded } from '../graph/own-rows/added-once.ts';
import { carriedGrant } from '../graph/own-rows/carried-grant.ts';
import { freeMeasures } from '../graph/own-rows/free-measure.ts';
import { type FreePlan, freePlan } from '../graph/own-rows/free-plan.ts';
import { freeRank } from '../graph/own-rows/free-rank.ts';
import { freeReputation } from '../graph/own-rows/free-reputation.ts';
import { freeEntitlements } from '../graph/own-rows/free-standings.ts';
import { groupEntitlements } from '../graph/own-rows/group-entitlements.ts';
import { type OwnRowWrite, ownRowWrites } from '../graph/own-rows/own-row-writes.ts';
import { publishedRows } from '../graph/own-rows/published-rows.ts';
import { bracketed, clauseText } from '../graph/policies/policy-text.ts';
import type { SchemaGraph } from '../graph/schema-graph.ts';
import { typeClass } from '../graph/types/type-class.ts';
import { quoteIdentifier, quoteLiteral } from '../sql/name.ts';
import { clientsOf } from './client-prose.ts';
import { type Fix, relatedAt } from './finding.ts';
import { closedToOwner, otherColumnsOfEach, otherColumnsOnly } from './other-columns-only.ts';
import {
  addedAgainText,
  addText,
  carriedText,
  earnedText,
  measuredText,
  namesOfColumns,
  plannedText,
  publishedText,
  quotaText,
  rankedText,
} from './own-row-prose.ts';
import { ownedLookup } from './owned-lookup.ts';
import { brief, spoken } from './prose.ts';
import { raw, sql } from './sql.ts';

type Policy = EntityOf<'policy'>;
type Column = EntityOf<'column'>;

/** Rows that users write for themselves by a policy. */
export interface OwnRows {
  readonly graph: SchemaGraph;
  readonly policy: Policy;
  readonly table: EntityOf<'table'>;
  readonly writes: readonly OwnRowWrite[];
  readonly clientRoles: readonly string[];
  /** Names of columns that say what somebody has paid for or been granted. */
  readonly entitlements: NamePatterns;
  /** What keeps such a write from working today, as text; empty where nothing does. */
  readonly todayOf: (write: Pick<OwnRowWrite, 'access' | 'command'>) => string;
  /** With the columns that other findings about the same write close. */
  readonly withClosed: (write: OwnRowWrite, columns: readonly Column[]) => readonly Column[];
}

/** What such rows say that no policy decides by and something else believes: the weightiest alone, as self-granted-access reports it. */
export function believedOfOwnRows(of: OwnRows) {
  return (
    carriedTold(of) ??
    publishedTold(of) ??
    entitledTold(of) ??
    addedTold(of) ??
    rankedTold(of) ??
    plannedTold(of) ??
    measuredTold(of) ??
    ofGroupTold(of)
  );
}

/** Milder where it does not work today. */
export function likely(today: string) {
  return { severity: today === '' ? 'high' : 'medium', confidence: 'likely' } as const;
}

/** What a function takes over from the row. */
function carriedTold({ graph, policy, table, writes, clientRoles, entitlements, todayOf }: OwnRows) {
  const [carried] = writes.flatMap((write) => {
    const grant = carriedGrant(graph, table, write, entitlements, clientRoles);
    return grant === undefined ? [] : [{ write, grant }];
  });
  if (carried === undefined) return undefined;
  const { write, grant } = carried;
  const { routine, columns } = grant;
  const today = todayOf(write);
  return {
    message: 'carried' as const,
    data: carriedText(graph, policy, write, grant, today),
    ...(grant.isByValue && today === '' ? {} : likely(today)),
    related: relatedAt(routine, spoken(routine)),
    fix: () => closedToOwner(graph, policy, write, columns, clientRoles),
  };
}

/** Whose rows a row of theirs publishes. */
function publishedTold({ graph, policy, table, writes, clientRoles, todayOf }: OwnRows) {
  const [published] = writes.flatMap((write) => {
    const rows = publishedRows(graph, table, write, clientRoles);
    return rows === undefined ? [] : [{ write, rows }];
  });
  if (published === undefined) return undefined;
  const { write, rows } = published;
  const isToBeGuessed = typeClass(graph, rows.key.type) === 'integer';
  const today = todayOf(write);
  return {
    message: 'publishes' as const,
    data: publishedText(graph, policy, write, rows, today),
    ...(isToBeGuessed && today === '' ? {} : likely(today)),
    related: relatedAt(rows.policy, `the policy ${quoteIdentifier(rows.policy.name)}`),
    fix: () => {
      const [tied, another] = write.tied;
      return tied === undefined || another !== undefined
        ? undefined
        : ownedLookup(graph, rows, graph.get('column', tied));
    },
  };
}

/** What is named like something paid for, granted or earned. */
function entitledTold({ graph, policy, table, writes, clientRoles, entitlements, todayOf, withClosed }: OwnRows) {
  const [granted] = writes.flatMap((write) => {
    const paid = freeEntitlements(graph, table, write, entitlements);
    const earned = freeReputation(graph, table, write, clientRoles);
    const columns = [...new Set([...paid, ...earned.map(({ column }) => column)])];
    return columns.length === 0 ? [] : [{ write, columns, earned, isEarned: paid.length === 0 }];
  });
  if (granted === undefined) return undefined;
  const { write, columns, earned, isEarned } = granted;
  const again = addedAgain(graph, table, columns, clientRoles);
  const today = todayOf(write);
  const data = {
    policy: quoteIdentifier(policy.name),
    clients: clientsOf(write.access),
    columns: namesOfColumns(columns),
    table: brief(table.name),
    added: `${quotaText(graph, columns, write)}${addedAgainText(policy, again)}`,
    today,
  };
  const shared = {
    ...likely(today),
    fix: () =>
      otherColumnsOfEach(graph, [{ policy, write, columns: withClosed(write, columns) }, ...again], clientRoles),
  };
  const them = columns.length === 1 ? 'it' : 'them';
  return isEarned
    ? { ...shared, message: 'earned' as const, data: { ...data, made: earnedText(graph, earned) } }
    : { ...shared, message: 'entitled' as const, data: { ...data, them } };
}

/** The same in a row that they add, where grants keep it from them when they change it. */
function addedTold({ graph, policy, table, writes, clientRoles, entitlements, todayOf, withClosed }: OwnRows) {
  const [free] = writes.flatMap((write) => {
    const columns = freeWhenAdded(graph, table, write, entitlements);
    return columns.length === 0 ? [] : [{ write, columns }];
  });
  if (free === undefined) return undefined;
  const { write, columns } = free;
  const today = todayOf(write);
  return {
    message: 'added' as const,
    data: {
      policy: quoteIdentifier(policy.name),
      clients: clientsOf(write.access),
      columns: namesOfColumns(columns),
      table: brief(table.name),
      them: columns.length === 1 ? 'it' : 'them',
      ...addText(graph, table, write),
      today,
    },
    ...likely(today),
    fix: () => closedToOwner(graph, policy, write, withClosed(write, columns), clientRoles),
  };
}

/** The rank in a group that nobody gave. */
function rankedTold({ graph, policy, table, writes, clientRoles, todayOf }: OwnRows) {
  const [ranked] = writes.flatMap((write) => {
    const rank = freeRank(graph, table, write);
    return rank === undefined ? [] : [{ write, rank }];
  });
  if (ranked === undefined) return undefined;
  const { write, rank } = ranked;
  const today = todayOf(write);
  return {
    message: 'ranked' as const,
    data: rankedText(graph, policy, write, rank, today),
    ...likely(today),
    // Whoever founds a group adds himself with its highest rank: no trigger that refuses that in new rows.
    fix: () =>
      (policy.command === 'update' ? closedToOwner : otherColumnsOnly)(
        graph,
        policy,
        write,
        [rank.column],
        clientRoles,
      ),
  };
}

/** The plan that nobody paid for. */
function plannedTold({ graph, policy, table, writes, todayOf }: OwnRows) {
  const [planned] = writes.flatMap((write) => {
    const plan = freePlan(graph, table, write);
    return plan === undefined ? [] : [{ write, plan }];
  });
  if (planned === undefined) return undefined;
  const { write, plan } = planned;
  const today = todayOf(write);
  return {
    message: 'planned' as const,
    data: plannedText(graph, policy, write, plan, today),
    ...likely(today),
    fix: () => onlyWhatIsFree(graph, policy, plan),
  };
}

/** What somebody has come to with a shop or a club, which a function measures by what others set. */
function measuredTold({ graph, policy, table, writes, clientRoles, todayOf, withClosed }: OwnRows) {
  const [measured] = writes.flatMap((write) => {
    const measures = freeMeasures(graph, table, write, clientRoles);
    return measures.length === 0 ? [] : [{ write, measures }];
  });
  if (measured === undefined) return undefined;
  const { write, measures } = measured;
  const columns = measures.map(({ column }) => column);
  const again = addedAgain(graph, table, columns, clientRoles);
  const today = todayOf(write);
  return {
    message: 'measured' as const,
    data: {
      policy: quoteIdentifier(policy.name),
      clients: clientsOf(write.access),
      columns: namesOfColumns(columns),
      table: brief(table.name),
      measures: measuredText(graph, measures),
      added: addedAgainText(policy, again),
      today,
    },
    ...likely(today),
    related: measures.flatMap(({ routine }) => relatedAt(routine, spoken(routine))),
    fix: () =>
      otherColumnsOfEach(graph, [{ policy, write, columns: withClosed(write, columns) }, ...again], clientRoles),
  };
}

/** What a group has paid for or been granted: once for the policies that leave the same to its people, of which each by itself would. */
function ofGroupTold({ graph, policy, table, clientRoles, entitlements, todayOf }: OwnRows) {
  const group = groupEntitlements(graph, policy, entitlements, clientRoles);
  if (group === undefined) return undefined;
  const { columns } = group;
  const alike = graph.ownedBy(table.id, 'policy').filter((each) => {
    if (each === policy) return true;
    // Of one that says whose row it is more may be told.
    if (ownRowWrites(graph, each, clientRoles).length > 0) return false;
    const other = groupEntitlements(graph, each, entitlements, clientRoles);
    return other !== undefined && namesOfColumns(other.columns) === namesOfColumns(columns);
  });
  const [first, ...others] = alike.sort((a, b) => a.id - b.id);
  if (first !== policy) return undefined;
  const write = { ...group, command: 'update' } as const;
  const today = todayOf(write);
  const again = addedAgain(graph, table, columns, clientRoles);
  return {
    message: 'group' as const,
    data: {
      policy: quoteIdentifier(policy.name),
      clients: clientsOf(group.access),
      columns: namesOfColumns(columns),
      table: brief(table.name),
      them: columns.length === 1 ? 'it' : 'them',
      added: addedAgainText(policy, again),
      today,
    },
    ...likely(today),
    related: others.flatMap((each) => relatedAt(each, `so by ${quoteIdentifier(each.name)}`)),
    fix: () =>
      otherColumnsOnly(graph, policy, write, columns, clientRoles) &&
      otherColumnsOfEach(graph, [{ policy, write, columns }, ...again], clientRoles),
  };
}

/** Of a policy for INSERT alone: what a changed row may be depends on what it was. */
function onlyWhatIsFree(graph: SchemaGraph, policy: EntityOf<'policy'>, { plan, free }: FreePlan): Fix | undefined {
  const own = policy.check === null ? undefined : clauseText(graph, policy.check);
  if (policy.command !== 'insert' || own === undefined || free === undefined) return undefined;
  return {
    title: `Let users add rows with ${quoteLiteral(free)} alone`,
    safety: 'review',
    sql: sql`alter policy ${policy.name} on ${graph.get('table', policy.table).name}
  with check (${raw(bracketed(own))} and ${plan.name} = ${raw(quoteLiteral(free))});`,
  };
}
